using System.Text.Json;

namespace Mover.Recovery.Snapshots;

/// <summary>Where snapshots are kept.</summary>
public sealed record RepositoryOptions
{
    /// <summary>The folder of the git repository; made when it is missing or empty.</summary>
    public required string Folder { get; init; }

    /// <summary>The folder in it for this estate, with <c>/</c> between names; empty for the top.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>The subject of commits; null for one that follows from the changes.</summary>
    public string? Message { get; init; }

    /// <summary>Whether commits are pushed to the branch's remote.</summary>
    public bool Push { get; init; }

    /// <summary>The key that signs; null for none.</summary>
    public SnapshotKey? Key { get; init; }
}

/// <summary>What became of a snapshot.</summary>
/// <param name="IsNew">Whether something had changed, so that it was committed.</param>
/// <param name="Commit">The commit that holds it.</param>
/// <param name="Subject">What changed, one line.</param>
/// <param name="PushedTo">The remote that has it; null when it was not pushed.</param>
public sealed record SnapshotSaved(bool IsNew, string Commit, string Subject, string? PushedTo);

/// <summary>
/// Keeps snapshots in a git repository: commits the files of a snapshot and nothing else when something changed, and notes beside git's own
/// files when the estate was last found as it is there. Of what a killed process left, everything is put right by the next snapshot,
/// but for git's own locks.
/// </summary>
/// <param name="options">Where.</param>
/// <param name="clock">The clock of time limits.</param>
public sealed class SnapshotRepository(RepositoryOptions options, TimeProvider clock)
{
    private readonly string _root = System.IO.Path.GetFullPath(options.Folder);
    private readonly string _path = RepositoryPath.Checked(options.Path);

    /// <summary>Writes and commits the snapshot if it says something new, and pushes when that was asked for.</summary>
    /// <exception cref="RecoveryException">The repository is not in a state to take it; what to do is said.</exception>
    public async Task<SnapshotSaved> SaveAsync(Snapshot snapshot, CancellationToken cancel)
    {
        try
        {
            var git = new GitProgram(_root, clock);
            var place = await RepositoryPlace.OpenAsync(_root, git, cancel).ConfigureAwait(false);
            using var held = place.Hold();
            RepositoryPath.RefuseLinks(_root, _path);
            var saved = await CommitAsync(git, place, snapshot, cancel).ConfigureAwait(false);
            place.Note(_path, new(snapshot.Manifest.TakenAt, saved.Commit, snapshot.Manifest.TemplateDigest));
            return options.Push
                ? saved with { PushedTo = await new RepositoryPush(git, place.Branch).PushAsync(cancel).ConfigureAwait(false) }
                : saved;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new RecoveryException(
                "RepositoryNotWritable", $"Cannot write to the repository in {_root}: {fault.Message}",
                "Check the permissions and the free space of the folder.", fault);
        }
    }

    /// <summary>When the estate was last found as the repository has it; null when there is no snapshot.</summary>
    public async Task<SnapshotCheck?> ReadLastGoodAsync(CancellationToken cancel)
    {
        if (!Directory.Exists(_root) || !Directory.EnumerateFileSystemEntries(_root).Any())
        {
            return null;
        }

        var git = new GitProgram(_root, clock);
        var place = await RepositoryPlace.OpenAsync(_root, git, cancel).ConfigureAwait(false);
        if (await CommittedAsync(git, cancel).ConfigureAwait(false) is not { Snapshot: { } last })
        {
            return null;
        }

        // A clone has no note: the snapshot itself was good when it was taken.
        return place.ReadNote(_path) is { } note && note.TemplateDigest == last.Manifest.TemplateDigest
            ? note
            : new(last.Manifest.TakenAt, await LastCommitAsync(git, cancel).ConfigureAwait(false), last.Manifest.TemplateDigest);
    }

    private async Task<SnapshotSaved> CommitAsync(GitProgram git, RepositoryPlace place, Snapshot snapshot, CancellationToken cancel)
    {
        var folder = System.IO.Path.Combine(_root, _path);
        var committed = await CommittedAsync(git, cancel).ConfigureAwait(false);
        if (committed is { Snapshot: { } last } && SameMeaning(last, snapshot) && IsSignedAsWanted(committed.Files))
        {
            // What a killed process or a person left in the working tree is not what was committed.
            SnapshotFolder.Write(folder, committed.Files);
            return new(false, await LastCommitAsync(git, cancel).ConfigureAwait(false), "No change", null);
        }

        var files = SnapshotFiles.Of(snapshot, options.Key);
        SnapshotFolder.Write(folder, files);
        var message = SnapshotMessage.Of(committed?.Snapshot, snapshot, options.Message);
        var written = new List<string> { At(SnapshotFolder.TemplateName), At(SnapshotFolder.ManifestName) };
        if (files.Signature is not null)
        {
            written.Add(At(SnapshotFolder.SignatureName));
        }

        await place.RunAsync(git, null, ["add", "-f", "--", .. written], cancel).ConfigureAwait(false);
        if (files.Signature is null && committed?.Files.Signature is not null)
        {
            written.Add(At(SnapshotFolder.SignatureName));
        }

        var author = await AuthorAsync(git, cancel).ConfigureAwait(false);
        await place.RunAsync(
            git, message, [.. author, "commit", "-q", "--no-verify", "--cleanup=verbatim", "-F", "-", "--", .. written], cancel)
            .ConfigureAwait(false);
        var subject = message[..message.IndexOf('\n', StringComparison.Ordinal)];
        return new(true, await LastCommitAsync(git, cancel).ConfigureAwait(false), subject, null);
    }

    private string At(string name) => _path.Length == 0 ? name : $"{_path}/{name}";

    private async Task<string> LastCommitAsync(GitProgram git, CancellationToken cancel) =>
        (await git.RunAsync(cancel, "log", "-1", "--format=%H", "--", At(SnapshotFolder.ManifestName)).ConfigureAwait(false)).Line;

    private async Task<CommittedSnapshot?> CommittedAsync(GitProgram git, CancellationToken cancel)
    {
        var template = await ShowAsync(git, SnapshotFolder.TemplateName, cancel).ConfigureAwait(false);
        var manifest = await ShowAsync(git, SnapshotFolder.ManifestName, cancel).ConfigureAwait(false);
        if (template is null || manifest is null)
        {
            return null;
        }

        var files = new SnapshotFiles(
            template, manifest, await ShowAsync(git, SnapshotFolder.SignatureName, cancel).ConfigureAwait(false));
        try
        {
            return new(files, SnapshotFolder.Parse(files, _root));
        }
        catch (RecoveryException)
        {
            // A damaged commit is no snapshot; the next one is compared with nothing.
            return new(files, null);
        }
    }

    private async Task<byte[]?> ShowAsync(GitProgram git, string name, CancellationToken cancel)
    {
        var blob = $"HEAD:{At(name)}";
        var size = await git.RunAsync(cancel, "cat-file", "-s", blob).ConfigureAwait(false);
        if (!size.IsOk || !long.TryParse(size.Line, out var bytes) || bytes > SnapshotFolder.FileBytesMax)
        {
            return null;
        }

        var answer = await git.RunAsync(cancel, "cat-file", "blob", blob).ConfigureAwait(false);
        return answer.IsOk ? answer.Out : null;
    }

    private bool IsSignedAsWanted(SnapshotFiles files) => options.Key is null || options.Key.HasSigned(files);

    // When it was taken, by which program and after how many reads is no change.
    private static bool SameMeaning(Snapshot one, Snapshot other) =>
        one.Manifest.TemplateDigest == other.Manifest.TemplateDigest && Meaning(one.Manifest) == Meaning(other.Manifest);

    private static string Meaning(SnapshotManifest manifest) => JsonSerializer.Serialize(
        manifest with { TakenAt = default, TakenBy = string.Empty, Reads = 0 }, RecoveryJson.Default.SnapshotManifest);

    private static async Task<string[]> AuthorAsync(GitProgram git, CancellationToken cancel)
    {
        var name = await git.RunAsync(cancel, "config", "user.name").ConfigureAwait(false);
        var address = await git.RunAsync(cancel, "config", "user.email").ConfigureAwait(false);
        return name.IsOk && address.IsOk ? [] : ["-c", "user.name=Mover", "-c", "user.email=mover@localhost"];
    }

    private sealed record CommittedSnapshot(SnapshotFiles Files, Snapshot? Snapshot);
}
