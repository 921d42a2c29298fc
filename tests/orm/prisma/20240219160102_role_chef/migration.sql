-- AlterEnum
ALTER TYPE "Role" ADD VALUE 'CHEF';
