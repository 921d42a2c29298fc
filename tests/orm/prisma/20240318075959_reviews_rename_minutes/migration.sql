-- Renamed by hand; Prisma would drop the column and add it again.
ALTER TABLE "Recipe" RENAME COLUMN "minutes" TO "durationMinutes";

-- CreateTable
CREATE TABLE "Review" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "recipeId" TEXT NOT NULL,
    "stars" SMALLINT NOT NULL,
    "text" VARCHAR(1000),

    CONSTRAINT "Review_pkey" PRIMARY KEY ("id")
);

-- AddForeignKey
ALTER TABLE "Review" ADD CONSTRAINT "Review_recipeId_fkey" FOREIGN KEY ("recipeId") REFERENCES "Recipe"("id") ON DELETE CASCADE ON UPDATE CASCADE;
