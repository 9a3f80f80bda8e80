-- Stands for what a database without history lacks.
CREATE TEMP TABLE v_signal (session_id, signal, "group", points, decisive, origin, direction, evidence, words);
CREATE TEMP TABLE v_finding_link (finding_id, session_id);
CREATE TEMP TABLE hindsight_session (session_id);
CREATE TEMP TABLE hindsight_finding (finding_id);
