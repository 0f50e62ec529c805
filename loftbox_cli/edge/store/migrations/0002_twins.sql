-- A mail whose bytes nobody brought before is no twin of another: only the others are indexed.
ALTER TABLE blobs ADD COLUMN brought_by VARCHAR;
DROP INDEX arrivals_alike;
CREATE INDEX arrivals_alike ON arrivals (fingerprint, received_at) WHERE fingerprint != '';
