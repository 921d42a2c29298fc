BEGIN;

-- Running upgrade 0001 -> 0002

CREATE TABLE book_author (
    book_id INTEGER NOT NULL, 
    author_id INTEGER NOT NULL, 
    CONSTRAINT book_author_pkey PRIMARY KEY (book_id, author_id), 
    CONSTRAINT book_author_author_id_fkey FOREIGN KEY(author_id) REFERENCES author (id), 
    CONSTRAINT book_author_book_id_fkey FOREIGN KEY(book_id) REFERENCES book (id) ON DELETE CASCADE
);

ALTER TABLE book ADD COLUMN isbn VARCHAR(13);

ALTER TABLE book ADD CONSTRAINT book_isbn_key UNIQUE (isbn);

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

COMMIT;

