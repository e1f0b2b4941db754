namespace Mover.Recovery.Snapshots;

/// <summary>Pushes a branch to its remote.</summary>
/// <param name="git">Git in the repository.</param>
/// <param name="branch">The branch.</param>
internal sealed class RepositoryPush(GitProgram git, string branch)
{
    /// <summary>Pushes; answers the remote's name. What was committed stays committed when that fails.</summary>
    public async Task<string> PushAsync(CancellationToken cancel)
    {
        var remote = await RemoteAsync(cancel).ConfigureAwait(false);
        var answer = await git.RunAsync(
            ["push", "-q", "--no-verify", "--", remote, $"refs/heads/{branch}:refs/heads/{branch}"], null, GitProgram.PushTimeMax, cancel)
            .ConfigureAwait(false);
        if (answer.IsOk)
        {
            return remote;
        }

        var isBehind = answer.Error.Contains("fetch first", StringComparison.Ordinal)
            || answer.Error.Contains("non-fast-forward", StringComparison.Ordinal);
        throw isBehind
            ? new RecoveryException(
                "PushRejected", $"The remote '{remote}' has commits on {branch} that are missing here. The snapshot is committed locally.",
                "Fetch them and rebase: git pull --rebase")
            : new RecoveryException(
                "PushFailed", $"The snapshot is committed locally, but was not pushed to '{remote}': {answer.Error}",
                "Check the remote and its credentials with git push; this command does not prompt for credentials.");
    }

    private async Task<string> RemoteAsync(CancellationToken cancel)
    {
        var configured = await git.RunAsync(cancel, "config", "--get", $"branch.{branch}.remote").ConfigureAwait(false);
        if (configured.IsOk && configured.Line.Length > 0)
        {
            return configured.Line;
        }

        var remotes = (await git.RunAsync(cancel, "remote").ConfigureAwait(false)).Line
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return remotes switch
        {
            [var only] => only,
            _ when remotes.Contains("origin", StringComparer.Ordinal) => "origin",
            [] => throw new RecoveryException(
                "NoRemote", "The repository has no remote to push to. The snapshot is committed locally.", "Add one: git remote add "
                    + "origin URL"),
            _ => throw new RecoveryException(
                "NoRemote", $"The repository has {remotes.Length} remotes, but none is configured for {branch}. The snapshot is "
                    + "committed locally.",
                $"Choose one: git branch --set-upstream-to REMOTE/{branch}"),
        };
    }
}
