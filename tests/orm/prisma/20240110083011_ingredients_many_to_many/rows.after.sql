INSERT INTO "Ingredient" ("name") SELECT 'Herb ' || i FROM generate_series(1, 50) AS i;
INSERT INTO "_IngredientToRecipe" ("A", "B") SELECT 1 + i % 50, 'r' || i FROM generate_series(1, 400) AS i;
