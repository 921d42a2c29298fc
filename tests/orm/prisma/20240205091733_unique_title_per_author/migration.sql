/*
  Warnings:

  - A unique constraint covering the columns `[authorId,title]` on the table `Recipe` will be added. If there are existing duplicate values, this will fail.
  - Made the column `servings` on table `Recipe` required. This step will fail if there are existing NULL values in that column.

*/
UPDATE "Recipe" SET "servings" = 2 WHERE "servings" IS NULL;

-- AlterTable
ALTER TABLE "Recipe" ALTER COLUMN "servings" SET NOT NULL,
ALTER COLUMN "servings" SET DEFAULT 2;

-- CreateIndex
CREATE UNIQUE INDEX "Recipe_authorId_title_key" ON "Recipe"("authorId", "title");
