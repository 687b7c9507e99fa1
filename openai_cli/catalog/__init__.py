"""The ground floor: facts about every operation, with our words merged in. Imports nothing above."""
