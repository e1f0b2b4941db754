using System.Diagnostics;
using System.Text.Json.Nodes;
using Mover.Recovery.Snapshots;
using Mover.Server.Tests;
using static Mover.Recovery.Tests.Snapshots.SnapshotSamples;

namespace Mover.Recovery.Tests.Snapshots;

public sealed class SnapshotRepositoryTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();

    private string Root => _folder.At("repository");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_missing_folder_becomes_a_repository_with_the_snapshot()
    {
        var saved = await SaveAsync(Of(StorageMover()));

        Assert.True(saved.IsNew);
        Assert.Equal("First snapshot of resource group g1: 1 resource", saved.Subject);
        Assert.Equal((saved.Commit, string.Empty), (Git("rev-parse", "HEAD"), Git("status", "--porcelain")));
        Assert.Equal("manifest.json\ntemplate.json", Git("ls-files"));
        Assert.Equal("eastus", SnapshotFolder.Read(Root).Manifest.Source.Location);
    }

    [Fact]
    public async Task What_has_not_changed_is_not_committed_and_the_time_of_the_check_is_kept()
    {
        var first = await SaveAsync(Of(StorageMover()).TakenAt(Noon));

        var second = await SaveAsync(Of(StorageMover()).TakenAt(Noon.AddHours(1)));

        Assert.False(second.IsNew);
        Assert.Equal((first.Commit, "1", string.Empty), (second.Commit, Git("rev-list", "--count", "HEAD"), Git("status", "--porcelain")));
        Assert.Equal(new(Noon.AddHours(1), first.Commit, Of(StorageMover()).Manifest.TemplateDigest), await Repository().ReadLastGoodAsync(default));
        Git("clone", "-q", Root, _folder.At("clone"));
        Assert.Equal(Noon, (await new SnapshotRepository(new() { Folder = _folder.At("clone") }, TimeProvider.System).ReadLastGoodAsync(default))!.CheckedAt);
    }

    [Fact]
    public async Task A_change_of_the_manifest_alone_is_committed()
    {
        await SaveAsync(Of(StorageMover()));
        var granted = Of(StorageMover());

        var saved = await SaveAsync(granted with { Manifest = granted.Manifest with { RoleAssignments = [new("p", "r", "/s")] } });

        Assert.Equal((true, "agent roles changed"), (saved.IsNew, saved.Subject));
    }

    [Fact]
    public async Task Only_the_snapshot_is_committed_and_other_work_is_left_as_it_is()
    {
        await SaveAsync(Of(StorageMover()));
        File.WriteAllText(Path.Combine(Root, "staged.txt"), "x");
        File.WriteAllText(Path.Combine(Root, "other.txt"), "x");
        Git("add", "staged.txt");

        await SaveAsync(Of(StorageMover(), Job("j1")));

        Assert.Equal("A  staged.txt\n?? other.txt", Git("status", "--porcelain"));
        Assert.Equal("manifest.json\ntemplate.json", Git("show", "--format=", "--name-only", "HEAD"));
    }

    [Fact]
    public async Task A_folder_below_the_top_has_its_own_history_even_when_it_is_ignored()
    {
        await SaveAsync(Of(StorageMover()), path: "east/g1");
        File.WriteAllText(Path.Combine(Root, ".gitignore"), "*.json\n");

        await SaveAsync(Of(StorageMover("m2")), path: "west/-g 2");

        Assert.Equal("east/g1/manifest.json\neast/g1/template.json\nwest/-g 2/manifest.json\nwest/-g 2/template.json", Git("ls-files"));
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("/tmp")]
    [InlineData(".git/hooks")]
    [InlineData("a/.GIT")]
    [InlineData("a/../../b")]
    [InlineData("a\nb")]
    public async Task A_path_that_leads_elsewhere_is_refused(string path)
    {
        var refused = await Assert.ThrowsAsync<RecoveryException>(() => SaveAsync(Of(StorageMover()), path: path));

        Assert.Equal("PathNotUsable", refused.Code);
        Assert.False(Directory.Exists(Root));
    }

    [Fact]
    public async Task A_link_on_the_way_is_refused_and_one_in_place_of_a_file_is_replaced()
    {
        await SaveAsync(Of(StorageMover()));
        Directory.CreateDirectory(_folder.At("outside"));
        File.WriteAllText(_folder.At("secret"), "kept");
        Directory.CreateSymbolicLink(Path.Combine(Root, "east"), _folder.At("outside"));
        File.Delete(Path.Combine(Root, "template.json"));
        File.CreateSymbolicLink(Path.Combine(Root, "template.json"), _folder.At("secret"));

        var refused = await Assert.ThrowsAsync<RecoveryException>(() => SaveAsync(Of(StorageMover()), path: "east"));
        await SaveAsync(Of(StorageMover(), Job("j1")));

        Assert.Equal("PathNotUsable", refused.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.At("outside")));
        Assert.Equal("kept", File.ReadAllText(_folder.At("secret")));
        Assert.Null(new FileInfo(Path.Combine(Root, "template.json")).LinkTarget);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_a_killed_writer_left_is_put_right_by_the_next_snapshot(int step)
    {
        await SaveAsync(Of(StorageMover()));
        var next = Of(StorageMover(), Job("j1"));
        var files = SnapshotFiles.Of(next, null);
        LeaveBehind(files, step);

        var saved = await SaveAsync(next.TakenAt(Noon));

        Assert.True(saved.IsNew);
        Assert.Equal(string.Empty, Git("status", "--porcelain"));
        Assert.Equal(2, SnapshotFolder.Read(Root).Template["resources"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_working_tree_that_was_edited_is_what_was_committed_again()
    {
        await SaveAsync(Of(StorageMover()));
        File.WriteAllText(Path.Combine(Root, "template.json"), "{");

        var saved = await SaveAsync(Of(StorageMover()));

        Assert.False(saved.IsNew);
        Assert.Equal(string.Empty, Git("status", "--porcelain"));
    }

    [Fact]
    public async Task A_committed_snapshot_that_is_damaged_is_followed_by_a_whole_one()
    {
        await SaveAsync(Of(StorageMover()));
        File.WriteAllText(Path.Combine(Root, "manifest.json"), "{\"format\":");
        Git("commit", "-qam", "damage");

        var saved = await SaveAsync(Of(StorageMover()));

        Assert.True(saved.IsNew);
        _ = SnapshotFolder.Read(Root);
    }

    [Fact]
    public async Task A_repository_whose_making_was_cut_off_is_made_again()
    {
        Directory.CreateDirectory(Path.Combine(Root, ".git", "objects"));

        Assert.True((await SaveAsync(Of(StorageMover()))).IsNew);
    }

    [Theory]
    [InlineData("RepositoryLocked", "index.lock", "touch .git/index.lock")]
    [InlineData("DetachedHead", "switch main", "git checkout -q --detach")]
    [InlineData("RepositoryBusy", "git status", "touch .git/MERGE_HEAD")]
    [InlineData("RepositoryBusy", "git status", "mkdir .git/rebase-merge")]
    [InlineData("NotARepository", "init", "rm -rf .git")]
    [InlineData("NotARepository", "working tree", "git config core.bare true")]
    [InlineData("RepositoryOwner", "safe.directory", "chown -R 12345 .")]
    [InlineData("GitFailed", "git status", "find .git/objects -type f -delete")]
    public async Task A_repository_that_cannot_take_a_commit_is_refused_with_advice(string code, string advice, string command)
    {
        await SaveAsync(Of(StorageMover()));
        Shell(command);

        var refused = await Assert.ThrowsAsync<RecoveryException>(() => SaveAsync(Of(StorageMover(), Job("j1"))));

        Assert.Equal(code, refused.Code);
        Assert.Contains(advice, refused.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_inside_another_repository_is_refused_with_the_right_flags()
    {
        await SaveAsync(Of(StorageMover()), path: "east");

        var refused = await Assert.ThrowsAsync<RecoveryException>(
            () => new SnapshotRepository(new() { Folder = Path.Combine(Root, "east") }, TimeProvider.System).SaveAsync(Of(StorageMover()), default));

        Assert.Equal("NotARepository", refused.Code);
        Assert.Contains("--path east", refused.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_that_cannot_be_written_is_said()
    {
        File.WriteAllText(_folder.At("file"), "x");

        var refused = await Assert.ThrowsAsync<RecoveryException>(
            () => new SnapshotRepository(new() { Folder = _folder.At("file", "below") }, TimeProvider.System).SaveAsync(Of(StorageMover()), default));

        Assert.Equal("RepositoryNotWritable", refused.Code);
    }

    [Fact]
    public async Task Hooks_and_the_callers_git_variables_count_for_nothing()
    {
        await SaveAsync(Of(StorageMover()));
        var hook = Path.Combine(Root, ".git", "hooks", "pre-commit");
        Directory.CreateDirectory(Path.GetDirectoryName(hook)!);
        File.WriteAllText(hook, "#!/bin/sh\ntouch ran\nexit 1\n");
        Shell("chmod +x .git/hooks/pre-commit; git config commit.gpgsign true; git config core.fsmonitor 'touch ran'");
        Environment.SetEnvironmentVariable("GIT_DIR", "/nowhere");
        try
        {
            await SaveAsync(Of(StorageMover(), Job("j1")));
        }
        finally
        {
            Environment.SetEnvironmentVariable("GIT_DIR", null);
        }

        Assert.False(File.Exists(Path.Combine(Root, "ran")));
    }

    [Fact]
    public async Task A_message_is_text_and_never_a_trailer_or_an_option()
    {
        await SaveAsync(Of(StorageMover(description: "x")));

        await SaveAsync(Of(StorageMover(description: "\nSigned-off-by: Mallory <m@example>")), message: "--amend\n\nAcked-by: x");

        Assert.Equal("2", Git("rev-list", "--count", "HEAD"));
        Assert.Equal("--amend\\u000a\\u000aAcked-by: x", Git("log", "-1", "--format=%s"));
        Assert.Equal(string.Empty, Git("log", "-1", "--format=%(trailers)"));
    }

    [Fact]
    public async Task A_snapshot_is_pushed_to_the_remote_and_a_lack_of_one_is_said()
    {
        var alone = await Assert.ThrowsAsync<RecoveryException>(() => SaveAsync(Of(StorageMover()), push: true));
        Git("init", "-q", "--bare", "-b", "main", _folder.At("remote"));
        Git("remote", "add", "origin", _folder.At("remote"));

        var saved = await SaveAsync(Of(StorageMover()), push: true);
        Shell($"git clone -q {_folder.At("remote")} {_folder.At("other")} && cd {_folder.At("other")} && git commit -q --allow-empty -m other && git push -q");
        var behind = await Assert.ThrowsAsync<RecoveryException>(() => SaveAsync(Of(StorageMover(), Job("j1")), push: true));

        Assert.Equal(("NoRemote", "origin", false), (alone.Code, saved.PushedTo, saved.IsNew));
        Assert.Equal("PushRejected", behind.Code);
        Assert.Equal("2", Git("rev-list", "--count", "HEAD"));
    }

    [Fact]
    public async Task A_signed_snapshot_is_signed_again_by_a_new_key_and_read_only_with_the_trusted_one()
    {
        SnapshotKey.Create(_folder.At("one"));
        SnapshotKey.Create(_folder.At("two"));
        var (one, two) = (SnapshotKey.ReadPublic(_folder.At("one.pub")), SnapshotKey.ReadPublic(_folder.At("two.pub")));

        await SaveAsync(Of(StorageMover()));
        var unsigned = Assert.Throws<RecoveryException>(() => SnapshotFolder.Read(Root, one));
        var signed = await SaveAsync(Of(StorageMover()), key: "one");
        var again = await SaveAsync(Of(StorageMover()), key: "one");
        _ = SnapshotFolder.Read(Root, one);
        var other = Assert.Throws<RecoveryException>(() => SnapshotFolder.Read(Root, two));
        File.AppendAllText(Path.Combine(Root, "manifest.json"), " ");
        var edited = Assert.Throws<RecoveryException>(() => SnapshotFolder.Read(Root, one));
        var withoutKey = await SaveAsync(Of(StorageMover(), Job("j1")));

        Assert.Equal((true, false, true), (signed.IsNew, again.IsNew, withoutKey.IsNew));
        Assert.Equal("manifest.json\ntemplate.json", Git("ls-files"));
        Assert.All(new[] { unsigned, other, edited }, refused => Assert.Equal("SnapshotNotTrusted", refused.Code));
        Assert.Contains("it is not signed", unsigned.Message, StringComparison.Ordinal);
        Assert.Contains("another key", other.Message, StringComparison.Ordinal);
        Assert.Contains("does not match", edited.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_is_its_owners_alone_and_never_overwritten()
    {
        SnapshotKey.Create(_folder.At("key"));

        var twice = Assert.Throws<RecoveryException>(() => SnapshotKey.Create(_folder.At("key")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder.At("key")));
        File.SetUnixFileMode(_folder.At("key"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        var open = Assert.Throws<RecoveryException>(() => SnapshotKey.Read(_folder.At("key")));
        var noKey = Assert.Throws<RecoveryException>(() => SnapshotKey.ReadPublic("/dev/null"));

        Assert.Equal(("KeyExists", "KeyNotUsable", "KeyNotUsable"), (twice.Code, open.Code, noKey.Code));
    }

    private SnapshotRepository Repository(string path = "", string? message = null, bool push = false, SnapshotKey? key = null) =>
        new(new() { Folder = Root, Path = path, Message = message, Push = push, Key = key }, TimeProvider.System);

    private async Task<SnapshotSaved> SaveAsync(
        Snapshot snapshot, string path = "", string? message = null, bool push = false, string? key = null)
    {
        using var read = key is null ? null : SnapshotKey.Read(_folder.At(key));
        return await Repository(path, message, push, read).SaveAsync(snapshot, default);
    }

    private void LeaveBehind(SnapshotFiles files, int step)
    {
        File.WriteAllText(Path.Combine(Root, $".template.json.{Guid.NewGuid():N}"), "half");
        if (step > 0)
        {
            File.WriteAllBytes(Path.Combine(Root, "template.json"), files.Template);
        }

        if (step > 1)
        {
            File.WriteAllBytes(Path.Combine(Root, "manifest.json"), files.Manifest);
        }

        if (step > 2)
        {
            Git("add", "template.json", "manifest.json");
        }
    }

    private string Git(params string[] arguments)
    {
        var start = AsSomebody(new("git") { WorkingDirectory = Root, RedirectStandardOutput = true, UseShellExecute = false });
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var git = Process.Start(start)!;
        var text = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return text.Trim();
    }

    private void Shell(string command)
    {
        using var shell = Process.Start(AsSomebody(new("/bin/sh", ["-c", command]) { WorkingDirectory = Root }))!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    // On a new machine git knows nobody.
    private static ProcessStartInfo AsSomebody(ProcessStartInfo start)
    {
        foreach (var role in new[] { "AUTHOR", "COMMITTER" })
        {
            (start.Environment[$"GIT_{role}_NAME"], start.Environment[$"GIT_{role}_EMAIL"]) = ("somebody", "somebody@example.com");
        }

        return start;
    }
}
