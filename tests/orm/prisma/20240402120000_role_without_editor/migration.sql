/*
  Warnings:

  - The values [EDITOR] on the enum `Role` will be removed. If these variants are still used in the database, this will fail.
  - You are about to drop the column `steps` on the `Recipe` table. All the data in the column will be lost.

*/
UPDATE "User" SET "role" = 'USER' WHERE "role" = 'EDITOR';

-- AlterEnum
BEGIN;
CREATE TYPE "Role_new" AS ENUM ('USER', 'ADMIN', 'CHEF');
ALTER TABLE "User" ALTER COLUMN "role" DROP DEFAULT;
ALTER TABLE "User" ALTER COLUMN "role" TYPE "Role_new" USING ("role"::text::"Role_new");
ALTER TYPE "Role" RENAME TO "Role_old";
ALTER TYPE "Role_new" RENAME TO "Role";
DROP TYPE "Role_old";
ALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT 'USER';
COMMIT;

-- DropIndex
DROP INDEX "Recipe_authorId_published_idx";

-- AlterTable
ALTER TABLE "Recipe" DROP COLUMN "steps";

-- RenameIndex
ALTER INDEX "Recipe_authorId_title_key" RENAME TO "Recipe_author_title_key";
