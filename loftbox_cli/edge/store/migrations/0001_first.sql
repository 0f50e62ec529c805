-- The first shape of the store. Never edited: changes come as the next script.
CREATE TABLE agents (
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    purpose VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);
CREATE TABLE answers (
    place VARCHAR NOT NULL,
    body_hash VARCHAR NOT NULL,
    status INTEGER NOT NULL,
    body VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (place)
);
CREATE INDEX answers_by_age ON answers (created_at);
CREATE TABLE blobs (
    sha256 VARCHAR NOT NULL,
    raw BLOB NOT NULL,
    PRIMARY KEY (sha256)
);
CREATE TABLE domains (
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    token VARCHAR NOT NULL,
    use_case VARCHAR NOT NULL,
    review VARCHAR NOT NULL,
    owned INTEGER NOT NULL,
    outbound INTEGER NOT NULL,
    inbound INTEGER NOT NULL,
    verified_at INTEGER,
    checked_at INTEGER,
    failing_since INTEGER,
    findings VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);
CREATE TABLE events (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id VARCHAR NOT NULL,
    type VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    request_id VARCHAR NOT NULL,
    mailbox VARCHAR,
    mailbox_id VARCHAR,
    thread_id VARCHAR,
    message_id VARCHAR,
    delivery_id VARCHAR,
    agent_id VARCHAR,
    data VARCHAR NOT NULL,
    UNIQUE (id)
);
CREATE INDEX events_by_agent ON events (agent_id, seq);
CREATE INDEX events_by_message ON events (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX events_by_request ON events (request_id);
CREATE INDEX events_by_thread ON events (thread_id) WHERE thread_id IS NOT NULL;
CREATE TABLE facts (
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE keys (
    id VARCHAR NOT NULL,
    owner_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    scopes VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    last4 VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    PRIMARY KEY (id)
);
CREATE INDEX ix_keys_owner_id ON keys (owner_id);
CREATE TABLE pauses (
    target VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,
    "by" VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (target)
);
CREATE TABLE pause_spans (
    target VARCHAR NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (target, since)
);
CREATE TABLE persons (
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    address VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    system_user VARCHAR,
    PRIMARY KEY (id),
    UNIQUE (name),
    UNIQUE (address),
    UNIQUE (system_user)
);
CREATE TABLE changes (
    id VARCHAR NOT NULL,
    at INTEGER NOT NULL,
    "by" VARCHAR NOT NULL,
    via VARCHAR NOT NULL,
    request_id VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    thing VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_changes_thing ON changes (thing);
CREATE TABLE rests (
    site VARCHAR NOT NULL,
    destinations VARCHAR NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL,
    why VARCHAR NOT NULL,
    PRIMARY KEY (site)
);
CREATE TABLE arrivals (
    request_id VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    received_at INTEGER NOT NULL,
    peer VARCHAR NOT NULL,
    helo VARCHAR NOT NULL,
    tls VARCHAR NOT NULL,
    mail_from VARCHAR NOT NULL,
    rcpt_to VARCHAR NOT NULL,
    blob VARCHAR NOT NULL,
    size INTEGER NOT NULL,
    trace VARCHAR NOT NULL,
    smtputf8 INTEGER NOT NULL,
    fingerprint VARCHAR NOT NULL,
    lease_until INTEGER,
    fence INTEGER NOT NULL,
    deaths INTEGER NOT NULL,
    PRIMARY KEY (request_id),
    FOREIGN KEY(blob) REFERENCES blobs (sha256)
);
CREATE INDEX arrivals_alike ON arrivals (fingerprint, received_at);
CREATE INDEX arrivals_due ON arrivals (received_at) WHERE state = 'accepted';
CREATE TABLE domain_keys (
    id VARCHAR NOT NULL,
    domain_id VARCHAR NOT NULL,
    selector VARCHAR NOT NULL,
    algorithm VARCHAR NOT NULL,
    private BLOB NOT NULL,
    public VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    phase VARCHAR NOT NULL,
    phase_since INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (domain_id, selector),
    FOREIGN KEY(domain_id) REFERENCES domains (id)
);
CREATE TABLE endpoints (
    id VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    events VARCHAR NOT NULL,
    agent_id VARCHAR,
    status VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(agent_id) REFERENCES agents (id)
);
CREATE TABLE domain_routes (
    domain_id VARCHAR NOT NULL,
    smarthost VARCHAR NOT NULL,
    password BLOB NOT NULL,
    chosen_at INTEGER NOT NULL,
    PRIMARY KEY (domain_id),
    FOREIGN KEY(domain_id) REFERENCES domains (id)
);
CREATE TABLE sts_policies (
    domain VARCHAR NOT NULL,
    txt_id VARCHAR NOT NULL,
    mode VARCHAR NOT NULL,
    mx VARCHAR NOT NULL,
    fetched_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (domain)
);
CREATE TABLE best_tls (
    destination VARCHAR NOT NULL,
    assurance VARCHAR NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (destination)
);
CREATE TABLE mailboxes (
    id VARCHAR NOT NULL,
    address VARCHAR NOT NULL,
    domain_id VARCHAR,
    agent_id VARCHAR,
    display_name VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    oversight VARCHAR NOT NULL,
    metadata VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    match_subject INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (address),
    FOREIGN KEY(domain_id) REFERENCES domains (id),
    FOREIGN KEY(agent_id) REFERENCES agents (id)
);
CREATE INDEX ix_mailboxes_agent_id ON mailboxes (agent_id);
CREATE INDEX ix_mailboxes_domain_id ON mailboxes (domain_id);
CREATE TABLE endpoint_secrets (
    id VARCHAR NOT NULL,
    endpoint_id VARCHAR NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    retires_at INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(endpoint_id) REFERENCES endpoints (id)
);
CREATE INDEX ix_endpoint_secrets_endpoint_id ON endpoint_secrets (endpoint_id);
CREATE TABLE notifications (
    id VARCHAR NOT NULL,
    endpoint_id VARCHAR NOT NULL,
    event_seq INTEGER NOT NULL,
    event_id VARCHAR NOT NULL,
    event_type VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER,
    lease_until INTEGER,
    fence INTEGER NOT NULL,
    body BLOB NOT NULL,
    last_status INTEGER NOT NULL,
    last_fault VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(endpoint_id) REFERENCES endpoints (id),
    FOREIGN KEY(event_seq) REFERENCES events (seq)
);
CREATE INDEX ix_notifications_endpoint_id ON notifications (endpoint_id);
CREATE INDEX ix_notifications_event_id ON notifications (event_id);
CREATE INDEX notifications_due ON notifications (next_at) WHERE state = 'pending';
CREATE TABLE policies (
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    description VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);
CREATE TABLE policy_bindings (
    policy_id VARCHAR NOT NULL,
    target VARCHAR NOT NULL,
    scope VARCHAR NOT NULL,
    "by" VARCHAR NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (policy_id, target),
    FOREIGN KEY(policy_id) REFERENCES policies (id)
);
CREATE INDEX ix_policy_bindings_target ON policy_bindings (target);
CREATE TABLE policy_versions (
    policy_id VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    source VARCHAR NOT NULL,
    "by" VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (policy_id, number),
    FOREIGN KEY(policy_id) REFERENCES policies (id)
);
CREATE TABLE threads (
    id VARCHAR NOT NULL,
    mailbox_id VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id)
);
CREATE INDEX ix_threads_mailbox_id ON threads (mailbox_id);
CREATE TABLE mentions (
    mailbox_id VARCHAR NOT NULL,
    rfc_message_id VARCHAR NOT NULL,
    thread_id VARCHAR NOT NULL,
    PRIMARY KEY (mailbox_id, rfc_message_id, thread_id),
    FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id),
    FOREIGN KEY(thread_id) REFERENCES threads (id)
);
CREATE INDEX ix_mentions_thread_id ON mentions (thread_id);
CREATE TABLE messages (
    id VARCHAR NOT NULL,
    direction VARCHAR NOT NULL,
    mailbox_id VARCHAR NOT NULL,
    thread_id VARCHAR NOT NULL,
    request_id VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    rfc_message_id VARCHAR NOT NULL,
    in_reply_to VARCHAR NOT NULL,
    "references" VARCHAR NOT NULL,
    mail_from VARCHAR NOT NULL,
    rcpt_to VARCHAR NOT NULL,
    from_ VARCHAR NOT NULL,
    "to" VARCHAR NOT NULL,
    cc VARCHAR NOT NULL,
    bcc VARCHAR NOT NULL,
    headers VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    html VARCHAR NOT NULL,
    reply_text VARCHAR NOT NULL,
    reply_html VARCHAR NOT NULL,
    quoted_text VARCHAR NOT NULL,
    attachments VARCHAR NOT NULL,
    automation VARCHAR NOT NULL,
    relation VARCHAR NOT NULL,
    matched_by VARCHAR NOT NULL,
    defects VARCHAR NOT NULL,
    metadata VARCHAR NOT NULL,
    labels VARCHAR NOT NULL,
    blob VARCHAR NOT NULL,
    size INTEGER NOT NULL,
    trace VARCHAR NOT NULL,
    content_sha256 VARCHAR NOT NULL,
    revision INTEGER NOT NULL,
    submitted_by VARCHAR NOT NULL,
    auto_submitted VARCHAR NOT NULL,
    reasons VARCHAR NOT NULL,
    created_at INTEGER NOT NULL,
    released_at INTEGER,
    context VARCHAR NOT NULL,
    sample INTEGER NOT NULL,
    policies VARCHAR NOT NULL,
    automation_evidence VARCHAR NOT NULL,
    report_kind VARCHAR NOT NULL,
    reported VARCHAR NOT NULL,
    reply_to VARCHAR NOT NULL,
    hidden_text_chars INTEGER NOT NULL,
    invisible_chars INTEGER NOT NULL,
    scheduled_at INTEGER,
    expires_at INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id),
    FOREIGN KEY(thread_id) REFERENCES threads (id),
    FOREIGN KEY(blob) REFERENCES blobs (sha256)
);
CREATE INDEX ix_messages_request_id ON messages (request_id);
CREATE INDEX messages_by_age ON messages (created_at);
CREATE INDEX messages_by_rfc_id ON messages (rfc_message_id, mailbox_id);
CREATE INDEX messages_of_mailbox ON messages (mailbox_id);
CREATE INDEX messages_of_thread ON messages (thread_id);
CREATE INDEX messages_released ON messages (mailbox_id, released_at) WHERE released_at IS NOT NULL;
CREATE INDEX messages_scheduled ON messages (scheduled_at) WHERE state = 'scheduled';
CREATE VIRTUAL TABLE words USING fts5 (
    message_id UNINDEXED,
    revision UNINDEXED,
    mailbox,
    subject,
    people,
    text,
    tokenize = 'unicode61 remove_diacritics 2',
    columnsize = 0
);
CREATE TABLE notification_attempts (
    notification_id VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    took INTEGER NOT NULL,
    status INTEGER NOT NULL,
    fault VARCHAR NOT NULL,
    answer BLOB NOT NULL,
    PRIMARY KEY (notification_id, number),
    FOREIGN KEY(notification_id) REFERENCES notifications (id)
);
CREATE TABLE participants (
    thread_id VARCHAR NOT NULL,
    address VARCHAR NOT NULL,
    mailbox_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    known INTEGER NOT NULL,
    first_message_id VARCHAR NOT NULL,
    PRIMARY KEY (thread_id, address),
    FOREIGN KEY(thread_id) REFERENCES threads (id),
    FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id)
);
CREATE INDEX participants_of_mailbox ON participants (mailbox_id, address);
CREATE TABLE marks (
    id VARCHAR NOT NULL,
    mailbox_id VARCHAR NOT NULL,
    trouble VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id),
    FOREIGN KEY(message_id) REFERENCES messages (id)
);
CREATE INDEX marks_of_mailbox ON marks (mailbox_id);
CREATE TABLE suppressions (
    id VARCHAR NOT NULL,
    domain_id VARCHAR NOT NULL,
    address VARCHAR NOT NULL,
    stored VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    message_id VARCHAR,
    delivery_id VARCHAR,
    report_id VARCHAR,
    "by" VARCHAR NOT NULL,
    since INTEGER NOT NULL,
    expires_at INTEGER,
    released_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (domain_id, address),
    FOREIGN KEY(domain_id) REFERENCES domains (id)
);
CREATE INDEX ix_suppressions_address ON suppressions (address);
CREATE TABLE approvals (
    id VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    mailbox_id VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    revision INTEGER NOT NULL,
    content_sha256 VARCHAR NOT NULL,
    reasons VARCHAR NOT NULL,
    submitted_by VARCHAR NOT NULL,
    requested_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    decided_at INTEGER,
    decided_by VARCHAR NOT NULL,
    via VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    rules VARCHAR NOT NULL,
    approvers INTEGER NOT NULL,
    agreed VARCHAR NOT NULL,
    noticed INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(message_id) REFERENCES messages (id),
    FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id)
);
CREATE INDEX approvals_by_state ON approvals (state, noticed);
CREATE INDEX approvals_pending ON approvals (expires_at) WHERE state = 'pending';
CREATE INDEX ix_approvals_message_id ON approvals (message_id);
CREATE TABLE revisions (
    message_id VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    replaced VARCHAR NOT NULL,
    content_sha256 VARCHAR NOT NULL,
    changed VARCHAR NOT NULL,
    diff VARCHAR NOT NULL,
    "by" VARCHAR NOT NULL,
    via VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (message_id, number),
    FOREIGN KEY(message_id) REFERENCES messages (id),
    FOREIGN KEY(replaced) REFERENCES blobs (sha256)
);
CREATE TABLE links (
    id VARCHAR NOT NULL,
    approval_id VARCHAR NOT NULL,
    revision INTEGER NOT NULL,
    person_id VARCHAR NOT NULL,
    token VARCHAR NOT NULL,
    made_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(approval_id) REFERENCES approvals (id),
    FOREIGN KEY(person_id) REFERENCES persons (id)
);
CREATE INDEX ix_links_approval_id ON links (approval_id);
CREATE TABLE deliveries (
    id VARCHAR NOT NULL,
    message_id VARCHAR NOT NULL,
    mailbox_id VARCHAR NOT NULL,
    domain_id VARCHAR NOT NULL,
    request_id VARCHAR NOT NULL,
    recipient VARCHAR NOT NULL,
    destination VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    attempts INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    next_at INTEGER,
    lease_until INTEGER,
    handover_at INTEGER,
    settled_at INTEGER,
    fence INTEGER NOT NULL,
    last_code INTEGER NOT NULL,
    last_words VARCHAR NOT NULL,
    last_class VARCHAR NOT NULL,
    expires_at INTEGER,
    look_at INTEGER,
    delays_told INTEGER NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(message_id) REFERENCES messages (id),
    FOREIGN KEY(mailbox_id) REFERENCES mailboxes (id),
    FOREIGN KEY(domain_id) REFERENCES domains (id)
);
CREATE INDEX deliveries_by_destination ON deliveries (destination, next_at, mailbox_id) WHERE state IN ('queued', 'uncertain');
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state IN ('queued', 'uncertain');
CREATE INDEX deliveries_to ON deliveries (recipient, queued_at);
CREATE INDEX deliveries_leased ON deliveries (lease_until) WHERE state = 'sending';
CREATE INDEX deliveries_to_look_at ON deliveries (look_at) WHERE state IN ('queued', 'uncertain');
CREATE INDEX ix_deliveries_message_id ON deliveries (message_id);
CREATE TABLE attempts (
    delivery_id VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    stage VARCHAR NOT NULL,
    code INTEGER NOT NULL,
    enhanced VARCHAR NOT NULL,
    words VARCHAR NOT NULL,
    host VARCHAR NOT NULL,
    address VARCHAR NOT NULL,
    tls VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    transcript VARCHAR NOT NULL,
    response_class VARCHAR NOT NULL,
    PRIMARY KEY (delivery_id, number),
    FOREIGN KEY(delivery_id) REFERENCES deliveries (id)
);
