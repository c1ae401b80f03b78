"""Stories: readable scenarios of a pack, run against the real services on a scratch database."""

from portal.services.stories.report import Failure, StoryReport
from portal.services.stories.running import run_story
from portal.services.stories.walking import story_problem, walked, walked_through

__all__ = ["Failure", "StoryReport", "run_story", "story_problem", "walked", "walked_through"]
