-- Shares the tables of Usher out over the nodes of a Citus cluster (12 or newer, PostgreSQL 15 or newer), after the migrations
-- and before the first sale. Run as the owner of the schema, on the coordinator, once; a second run changes nothing, since
-- each step asks first. Everything that a sale writes is keyed by event and lies with its event.

-- A shard can't refer to a table of the coordinator. That a ticket is of its event is said by its own number
-- (tickets_id_carries_event), and tickets are made by event-svc while it has the event's row locked.
ALTER TABLE tickets DROP CONSTRAINT IF EXISTS tickets_event_id_fkey;

-- On every node: who buys. Read often, written once a person.
SELECT create_reference_table('users') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'users'::regclass);

-- On the coordinator: what is on, and what is searched. Statement triggers with transition tables keep the search's tables,
-- which Citus has for tables of the coordinator alone. They are written by edits, some a second at most, and are read from
-- search-svc's and event-svc's memory mostly.
SELECT citus_add_local_table_to_metadata('theaters') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'theaters'::regclass);
SELECT citus_add_local_table_to_metadata('screens') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'screens'::regclass);
SELECT citus_add_local_table_to_metadata('screen_seats') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'screen_seats'::regclass);
SELECT citus_add_local_table_to_metadata('events') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'events'::regclass);
SELECT citus_add_local_table_to_metadata('search_documents') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'search_documents'::regclass);
SELECT citus_add_local_table_to_metadata('event_search') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'event_search'::regclass);
SELECT citus_add_local_table_to_metadata('search_starts') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'search_starts'::regclass);
SELECT citus_add_local_table_to_metadata('search_words') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'search_words'::regclass);
SELECT citus_add_local_table_to_metadata('search_terms') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'search_terms'::regclass);
SELECT citus_add_local_table_to_metadata('event_changes') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'event_changes'::regclass);
-- Signing in, and the provider's callbacks, which are stored before it is known of which event they are.
SELECT citus_add_local_table_to_metadata('sessions') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'sessions'::regclass);
SELECT citus_add_local_table_to_metadata('refresh_tokens') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'refresh_tokens'::regclass);
SELECT citus_add_local_table_to_metadata('identities') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'identities'::regclass);
SELECT citus_add_local_table_to_metadata('payment_events') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'payment_events'::regclass);

-- By event, all in the same way: whatever a sale locks and writes is on one node, in one transaction of that node.
SELECT create_distributed_table('tickets', 'event_id', shard_count => 128) WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'tickets'::regclass);
SELECT create_distributed_table('reservations', 'event_id', colocate_with => 'tickets') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'reservations'::regclass);
SELECT create_distributed_table('bookings', 'event_id', colocate_with => 'tickets') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'bookings'::regclass);
SELECT create_distributed_table('payments', 'event_id', colocate_with => 'tickets') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'payments'::regclass);
SELECT create_distributed_table('refunds', 'event_id', colocate_with => 'tickets') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'refunds'::regclass);
SELECT create_distributed_table('admissions', 'event_id', colocate_with => 'tickets') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'admissions'::regclass);
SELECT create_distributed_table('box_office_log', 'event_id', colocate_with => 'tickets') WHERE NOT EXISTS (SELECT FROM citus_tables WHERE table_name = 'box_office_log'::regclass);
