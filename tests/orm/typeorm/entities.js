// Events and their tickets. See ../at_step for the numbers at the ends of lines.
// SPDX-License-Identifier: PostgreSQL
const { EntitySchema } = require('typeorm');

const id = { type: 'integer', primary: true, generated: 'increment' };
const bigId = { type: 'bigint', primary: true, generated: 'increment' };
const belongsTo = (target, more) => ({ type: 'many-to-one', target, joinColumn: true, ...more });
const schema = (name, tableName, rest) => new EntitySchema({ name, tableName, ...rest });

module.exports.entities = [
  schema('Venue', 'venue', {
    columns: {
      id,
      name: { type: 'character varying', length: 50, default: '' }, // @1-7
      name: { type: 'character varying', length: 150, default: '' }, // @8
      city: { type: 'character varying', length: 40 }, // @1
      seats: { type: 'smallint', default: 100 }, // @1-7
      seats: { type: 'integer', default: 250 }, // @8
      place: { type: 'point', nullable: true }, // @3
      closedOn: { type: 'date', nullable: true }, // @3-11
      website: { type: 'text', nullable: true, comment: 'with https://' }, // @13
    },
    checks: [{ name: 'CHK_venue_seats', expression: '"seats" > 0' }], // @9
    indices: [{ name: 'IDX_venue_city', columns: ['city'] }], // @4
  }),
  schema('Event', 'event', {
    columns: {
      id, // @1-14
      id: bigId, // @15
      title: { type: 'character varying', length: 120 }, // @1-6
      headline: { type: 'character varying', length: 120 }, // @7-12
      headline: { type: 'text', comment: 'as it is on the poster' }, // @13
      startsAt: { type: 'timestamp without time zone' }, // @1-15
      startsAt: { type: 'timestamp with time zone' }, // @16
      state: { type: 'enum', enum: ['planned', 'open', 'over'], enumName: 'event_state', default: 'planned' }, // @2-9
      state: { type: 'enum', enum: ['planned', 'open', 'cancelled', 'over'], enumName: 'event_state', default: 'planned' }, // @10
      info: { type: 'jsonb', default: {} }, // @3
      slug: { type: 'character varying', length: 60, unique: true, nullable: true }, // @4-17
      slug: { type: 'character varying', length: 60, unique: true }, // @18
      createdAt: { type: 'timestamp with time zone', createDate: true }, // @5
      version: { type: 'integer', version: true, default: 1 }, // @5
      label: { type: 'text', generatedType: 'STORED', asExpression: `upper("headline")`, nullable: true }, // @14
    },
    relations: {
      venue: belongsTo('Venue', { nullable: false }), // @1-11
      venue: belongsTo('Venue', { nullable: true, onDelete: 'SET NULL' }), // @12
      speakers: { type: 'many-to-many', target: 'Speaker', joinTable: { name: 'event_speaker' } }, // @6
    },
    indices: [{ name: 'IDX_event_open', columns: ['startsAt'], where: `"slug" IS NOT NULL` }], // @17
  }),
  schema('Visitor', 'visitor', {
    columns: {
      id,
      name: { type: 'character varying', length: 80 },
      email: { type: 'character varying', length: 100 }, // @1-4
      email: { type: 'character varying', length: 100, unique: true }, // @5
      newsletter: { type: 'boolean', default: false }, // @3
      languages: { type: 'text', array: true, default: '{}' }, // @11
      birthday: { type: 'date', nullable: true }, // @11
    },
  }),
  schema('Ticket', 'ticket', {
    columns: {
      id: { type: 'uuid', primary: true, generated: 'uuid' },
      price: { type: 'numeric', precision: 8, scale: 2 }, // @1-7
      price: { type: 'numeric', precision: 12, scale: 2 }, // @8
      seat: { type: 'character varying', length: 6, nullable: true }, // @1-11
      seat: { type: 'character varying', length: 6, default: '' }, // @12
      soldAt: { type: 'timestamp with time zone', default: () => 'now()' }, // @2
    },
    relations: {
      event: belongsTo('Event', { nullable: false, onDelete: 'CASCADE' }),
      visitor: belongsTo('Visitor', { nullable: false }),
      payment: belongsTo('Payment', { nullable: true }), // @10
    },
    uniques: [{ name: 'UQ_ticket_seat', columns: ['event', 'seat', 'visitor'] }], // @11
    checks: [{ name: 'CHK_ticket_price', expression: '"price" >= 0' }], // @9
    indices: [{ name: 'IDX_ticket_sold', columns: ['soldAt'] }], // @17
  }),
  schema('Speaker', 'speaker', { // @6
    columns: { // @6
      id, // @6
      name: { type: 'character varying', length: 80 }, // @6
      fee: { type: 'numeric', precision: 10, scale: 2, nullable: true }, // @6-17
    }, // @6
  }), // @6
  schema('Feedback', 'feedback', { // @2-6
  schema('Feedback', 'review', { // @7
    columns: { // @2
      id, // @2
      stars: { type: 'smallint' }, // @2-15
      stars: { type: 'smallint', default: 3 }, // @16
      text: { type: 'character varying', length: 500, nullable: true }, // @2-7
      text: { type: 'text', nullable: true }, // @8
    }, // @2
    relations: { event: belongsTo('Event'), visitor: belongsTo('Visitor') }, // @2
  }), // @2
  schema('Payment', 'payment', { // @10
    columns: { // @10
      id: { type: 'bigint', primary: true, generated: 'identity', generatedIdentity: 'ALWAYS' }, // @10
      amount: { type: 'integer' }, // @10-15
      amount: { type: 'bigint' }, // @16
      kind: { type: 'enum', enum: ['card', 'cash'], default: 'card' }, // @10-15
      kind: { type: 'enum', enum: ['card', 'cash', 'voucher'], default: 'card' }, // @16
    }, // @10
  }), // @10
  schema('Poster', 'poster', { // @3-18
    columns: { id, file: { type: 'text' } }, // @3-18
    relations: { event: { type: 'one-to-one', target: 'Event', joinColumn: true, onDelete: 'CASCADE' } }, // @3-18
  }), // @3-18
];
