-- AlterTable
ALTER TABLE "Recipe" ADD COLUMN     "published" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "servings" INTEGER,
ADD COLUMN     "steps" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "updatedAt" TIMESTAMP(3) NOT NULL DEFAULT '2024-01-22 00:00:00';

-- AlterTable
ALTER TABLE "User" ALTER COLUMN "role" SET DEFAULT 'EDITOR';

-- CreateIndex
CREATE INDEX "Recipe_authorId_published_idx" ON "Recipe"("authorId", "published");
