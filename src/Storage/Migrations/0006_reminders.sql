-- Reminders are read in the order in which they are due; ticks move that time and nothing else.
ALTER TABLE reminders ADD COLUMN next_due timestamptz NOT NULL DEFAULT now();
ALTER TABLE reminders ALTER COLUMN next_due DROP DEFAULT;
CREATE INDEX reminders_due ON reminders (next_due);
