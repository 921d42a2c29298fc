// A blog. See ../at_step for the numbers at the ends of lines.
// SPDX-License-Identifier: PostgreSQL
import { sql } from 'drizzle-orm';
import * as pg from 'drizzle-orm/pg-core';

export const status = pg.pgEnum('post_status', ['draft', 'published']); // @4-8
export const status = pg.pgEnum('post_status', ['draft', 'review', 'published', 'archived']); // @9-20
export const status = pg.pgEnum('post_status', ['draft', 'published', 'archived']); // @21

export const users = pg.pgTable('users', {
  id: pg.integer().primaryKey().generatedAlwaysAsIdentity(), // @1-16
  id: pg.bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(), // @17
  name: pg.varchar({ length: 60 }).notNull(), // @1-5
  displayName: pg.varchar('display_name', { length: 60 }).notNull(), // @6-7
  displayName: pg.varchar('display_name', { length: 200 }).notNull(), // @8
  email: pg.varchar({ length: 120 }).notNull(), // @1-4
  email: pg.varchar({ length: 120 }).notNull().unique(), // @5
  handle: pg.varchar({ length: 30 }).unique(), // @5
  bio: pg.text(), // @3-17
  active: pg.boolean().notNull().default(true), // @3
  settings: pg.jsonb().notNull().default({ theme: 'light' }), // @13
  credit: pg.numeric({ precision: 8, scale: 2 }).notNull().default('0'), // @13-15
  credit: pg.numeric({ precision: 14, scale: 2 }).notNull().default('10.00'), // @16
  referrerId: pg.bigint('referrer_id', { mode: 'number' }).references((): pg.AnyPgColumn => users.id, { onDelete: 'set null' }), // @19
}, (t) => [ // @11
  pg.check('users_email_has_at', sql`position('@' in ${t.email}) > 1`), // @11
  pg.index('users_handle_lower').on(sql`lower(${t.handle})`).concurrently(), // @14
  pg.index('users_active').on(t.id).where(sql`${t.active}`), // @19
]); // @11
}); // @1-10

export const categories = pg.pgTable('categories', { // @10
  id: pg.serial().primaryKey(), // @10
  label: pg.varchar({ length: 40 }).notNull().unique('category_label'), // @10
  position: pg.smallint().notNull().default(0), // @10
}); // @10

export const posts = pg.pgTable('posts', {
  id: pg.serial().primaryKey(),
  authorId: pg.integer('author_id').notNull().references(() => users.id), // @1-16
  authorId: pg.bigint('author_id', { mode: 'number' }).notNull().references(() => users.id, { onDelete: 'cascade' }), // @17
  title: pg.varchar({ length: 100 }).notNull(), // @1-5
  headline: pg.varchar({ length: 100 }).notNull(), // @6-7
  headline: pg.text().notNull(), // @8
  subtitle: pg.text(), // @3-12
  subtitle: pg.text().notNull().default(''), // @13
  body: pg.text().notNull(),
  words: pg.integer().generatedAlwaysAs(sql`array_length(regexp_split_to_array("body", ' +'), 1)`), // @15
  views: pg.integer().notNull().default(0), // @2-7
  views: pg.bigint({ mode: 'number' }).notNull().default(0), // @8
  status: status().notNull().default('draft'), // @4
  slug: pg.varchar({ length: 80 }), // @13-18
  slug: pg.varchar({ length: 80 }).notNull(), // @19
  categoryId: pg.integer('category_id').references(() => categories.id, { onDelete: 'set null' }), // @10
  createdAt: pg.timestamp('created_at').notNull().defaultNow(), // @1-15
  createdAt: pg.timestamp('created_at', { withTimezone: true }).notNull().defaultNow(), // @16
}, (t) => [ // @5
  pg.index().on(t.authorId), // @5-13
  pg.index('posts_author_created').on(t.authorId, t.createdAt.desc()), // @14
  pg.check('posts_views_positive', sql`${t.views} >= 0`), // @11-17
  pg.unique('posts_author_slug').on(t.authorId, t.slug), // @14-18
  pg.unique('posts_slug').on(t.slug).nullsNotDistinct(), // @19
]); // @5
}); // @1-4

export const comments = pg.pgTable('comments', { // @2-6
export const replies = pg.pgTable('replies', { // @7
  id: pg.uuid().primaryKey().defaultRandom(), // @2
  postId: pg.integer('post_id').notNull().references(() => posts.id, { onDelete: 'cascade' }), // @2
  body: pg.varchar({ length: 500 }).notNull(), // @2-7
  body: pg.text().notNull(), // @8
  rating: pg.smallint(), // @2-7
  rating: pg.integer(), // @8
  approvedBy: pg.integer('approved_by').references(() => users.id), // @10-15
  labels: pg.text().array(), // @13
}); // @2

export const tags = pg.pgTable('tags', { // @2
  id: pg.integer().primaryKey().generatedByDefaultAsIdentity(), // @2
  word: pg.text().notNull().unique(), // @2
}); // @2

export const postTags = pg.pgTable('post_tags', { // @2
  postId: pg.integer('post_id').notNull().references(() => posts.id), // @2
  tagId: pg.integer('tag_id').notNull().references(() => tags.id), // @2
}, (t) => [pg.primaryKey({ columns: [t.postId, t.tagId] })]); // @2

export const drafts = pg.pgTable('old_drafts', { // @3-19
  id: pg.serial().primaryKey(), // @3-19
  postId: pg.integer('post_id').references(() => posts.id), // @3-19
  body: pg.text(), // @3-19
}); // @3-19

export const published = pg.pgView('published_posts').as((q) => // @22
  q.select({ id: posts.id, headline: posts.headline }).from(posts).where(sql`${posts.status} = 'published'`)); // @22
