-- Custom SQL migration file, put your code below! --
UPDATE posts SET subtitle = left(headline, 40) WHERE subtitle IS NULL;
