-- Where a step's output lies, without reading the output: filled from the payload of execution.step.output when it is written.
ALTER TABLE execution_events ADD COLUMN chunk_type text, ADD COLUMN output_bytes integer;

-- Session numbers are handed out in blocks.
ALTER SEQUENCE session_ids INCREMENT BY 64;
