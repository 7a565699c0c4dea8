-- Nothing to undo: a constraint that was validated refuses nothing more than before.
SELECT 1;
