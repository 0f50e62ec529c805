-- What is listed, counted or looked for by one column must not read everything that is stored.
CREATE INDEX events_by_type ON events (type, agent_id);
CREATE INDEX events_by_mailbox ON events (mailbox_id, type) WHERE mailbox_id IS NOT NULL;
DROP INDEX messages_of_mailbox;
CREATE INDEX messages_of_mailbox ON messages (mailbox_id, direction);
CREATE INDEX deliveries_settled ON deliveries (mailbox_id, state) WHERE settled_at IS NOT NULL;
CREATE INDEX notifications_exhausted ON notifications (settled_at) WHERE state = 'exhausted';
CREATE INDEX approvals_of_state ON approvals (state);
CREATE INDEX ix_suppressions_domain_id ON suppressions (domain_id);
