using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mover.Files;

namespace Mover.Recovery.Snapshots;

/// <summary>When an estate was last found as a snapshot has it.</summary>
/// <param name="CheckedAt">When, UTC.</param>
/// <param name="Commit">The commit that holds the snapshot.</param>
/// <param name="TemplateDigest">The snapshot's digest.</param>
public sealed record SnapshotCheck(DateTimeOffset CheckedAt, string Commit, string TemplateDigest);

/// <summary>
/// A repository that is ready for a commit. Notes stand in a folder <c>mover</c> beside git's own files: they outlive every process and
/// are no change of the working tree.
/// </summary>
internal sealed class RepositoryPlace
{
    private const long NoteBytesMax = 64 * 1024;

    // What git leaves while something is half done, and the word for it.
    private static readonly (string Name, string Word)[] Unfinished =
    [
        ("MERGE_HEAD", "a merge"), ("rebase-merge", "a rebase"), ("rebase-apply", "a rebase"), ("CHERRY_PICK_HEAD", "a cherry-pick"),
        ("REVERT_HEAD", "a revert"), ("BISECT_LOG", "a bisection"),
    ];

    private readonly string _root;
    private readonly string _own;

    private RepositoryPlace(string root, string gitFolder, string branch)
    {
        _root = root;
        _own = Path.Combine(gitFolder, "mover");
        Branch = branch;
    }

    /// <summary>The branch that is checked out, such as <c>main</c>.</summary>
    public string Branch { get; }

    /// <summary>Opens the repository, and makes it where there is nothing.</summary>
    public static async Task<RepositoryPlace> OpenAsync(string root, GitProgram git, CancellationToken cancel)
    {
        Directory.CreateDirectory(root);
        var entries = Directory.EnumerateFileSystemEntries(root).Take(2).Select(Path.GetFileName).ToList();
        if (entries.Count == 0)
        {
            await InitializeAsync(git, cancel).ConfigureAwait(false);
        }

        var answer = await FindAsync(git, cancel).ConfigureAwait(false);
        if (!answer.IsOk && entries is [".git"] && answer.Error.Contains("not a git repository", StringComparison.Ordinal))
        {
            // Its maker was killed; making it again goes on where it was.
            await InitializeAsync(git, cancel).ConfigureAwait(false);
            answer = await FindAsync(git, cancel).ConfigureAwait(false);
        }

        if (!answer.IsOk)
        {
            throw NotARepository(root, answer.Error);
        }

        var lines = answer.Line.Split('\n');
        if (lines is not ["false", "false", var gitFolder])
        {
            throw new RecoveryException(
                "NotARepository", $"{root} is a bare repository or a git directory.", "Specify the working tree of a clone.");
        }

        var prefix = await git.RunAsync(cancel, "rev-parse", "--show-prefix").ConfigureAwait(false);
        if (prefix.Line.Length > 0)
        {
            throw new RecoveryException(
                "NotARepository", $"{root} is not the root of its repository, but its folder "
                    + $"'{SnapshotMessage.Escaped(prefix.Line, 200)}'.",
                "Specify the repository's root, and the folder in it with --path "
                    + $"{SnapshotMessage.Escaped(prefix.Line.TrimEnd('/'), 200)}.");
        }

        return new(root, gitFolder, await BranchAsync(root, gitFolder, git, cancel).ConfigureAwait(false));
    }

    /// <summary>Keeps other processes of this program out of the repository until it is disposed.</summary>
    public IDisposable Hold()
    {
        Directory.CreateDirectory(_own);
        try
        {
            return PrivateFile.Open(Path.Combine(_own, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault) when (fault is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new RecoveryException(
                "RepositoryInUse", $"Another snapshot is being written to the repository in {_root}.", "Wait until it finishes.", fault);
        }
    }

    /// <summary>Runs git and throws when it fails.</summary>
    public async Task RunAsync(GitProgram git, string? input, IEnumerable<string> arguments, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var answer = await git.RunAsync(arguments, input, GitProgram.TimeMax, CancellationToken.None).ConfigureAwait(false);
        if (!answer.IsOk)
        {
            throw answer.Error.Contains(".lock", StringComparison.Ordinal) ? Locked(_root, "index.lock") : new RecoveryException(
                "GitFailed", $"git could not commit the snapshot in {_root}: {answer.Error}", "See `git status` there.");
        }
    }

    /// <summary>Notes when an estate was found as its snapshot is.</summary>
    public void Note(string path, SnapshotCheck check)
    {
        Directory.CreateDirectory(_own);
        PrivateFile.Replace(NoteOf(path), JsonSerializer.SerializeToUtf8Bytes(check, RecoveryJson.Default.SnapshotCheck));
    }

    /// <summary>The last note; null when there is none that can be read.</summary>
    public SnapshotCheck? ReadNote(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(PlainFile.Read(NoteOf(path), NoteBytesMax), RecoveryJson.Default.SnapshotCheck);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private string NoteOf(string path) =>
        Path.Combine(_own, $"checked-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)).AsSpan(0, 8))}.json");

    private static async Task InitializeAsync(GitProgram git, CancellationToken cancel)
    {
        var made = await git.RunAsync(cancel, "-c", "init.defaultBranch=main", "init", "-q", "--template=").ConfigureAwait(false);
        if (!made.IsOk)
        {
            throw new RecoveryException("GitFailed", $"git could not create a repository: {made.Error}", "Check the folder's permissions.");
        }
    }

    private static Task<GitAnswer> FindAsync(GitProgram git, CancellationToken cancel) =>
        git.RunAsync(cancel, "rev-parse", "--is-bare-repository", "--is-inside-git-dir", "--absolute-git-dir");

    private static RecoveryException NotARepository(string root, string error) =>
        error.Contains("dubious ownership", StringComparison.Ordinal)
            ? new("RepositoryOwner", $"The repository in {root} belongs to another user.",
                $"Run as its owner, or trust it: git config --global --add safe.directory '{root}'")
            : error.Contains("not a git repository", StringComparison.Ordinal)
                ? new("NotARepository", $"{root} is not empty and not a git repository.",
                    $"Use an empty folder, or create a repository there first: git -C '{root}' init")
                : new("GitFailed", $"git cannot read the repository in {root}: {error}", "See `git status` there.");

    private static async Task<string> BranchAsync(string root, string gitFolder, GitProgram git, CancellationToken cancel)
    {
        foreach (var (name, word) in Unfinished)
        {
            if (Path.Exists(Path.Combine(gitFolder, name)))
            {
                throw new RecoveryException(
                    "RepositoryBusy", $"{word} is in progress in {root}.", "Finish or abort it first; see `git status`.");
            }
        }

        if (File.Exists(Path.Combine(gitFolder, "index.lock")))
        {
            throw Locked(root, Path.Combine(gitFolder, "index.lock"));
        }

        var head = await git.RunAsync(cancel, "symbolic-ref", "-q", "HEAD").ConfigureAwait(false);
        return head.IsOk && head.Line.StartsWith("refs/heads/", StringComparison.Ordinal)
            ? head.Line["refs/heads/".Length..]
            : throw new RecoveryException(
                "DetachedHead", $"No branch is checked out in {root}: a commit would be lost.",
                $"Check one out: git -C '{root}' switch main");
    }

    private static RecoveryException Locked(string root, string file) => new(
        "RepositoryLocked", $"git has locked the repository in {root}.",
        $"If git is not running there, it was killed: remove {file} and retry.");
}
