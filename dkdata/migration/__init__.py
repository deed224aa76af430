"""The rows of one table moved to another, exactly once, however often it is interrupted."""

from dkdata.migration.report import MigrationReport, MigrationReports

__all__ = ["MigrationReport", "MigrationReports"]
