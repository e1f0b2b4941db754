using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Volumes.Local;

namespace Mover.Volumes.Tests.Local;

/// <summary>The engine between real folders.</summary>
public sealed class LocalTransferTests : IDisposable
{
    private readonly FileTree _source = new();
    private readonly FileTree _target = new();
    private readonly FileTree _state = new();
    private int _runs;

    public void Dispose()
    {
        _source.Dispose();
        _target.Dispose();
        _state.Dispose();
    }

    [Fact]
    public async Task Files_of_the_kernel_whose_size_is_told_as_0_are_read_to_their_end()
    {
        await using var source = new LocalVolume(new("/proc/sys/kernel/random"));
        await using var target = new LocalVolume(new(_target.RootPath) { IsTarget = true });

        var summary = await TransferRun.RunAsync(
            source, target, new(), Path.Combine(_state.RootPath, "run"), TimeProvider.System, NullLogger.Instance, default);

        Assert.DoesNotContain("Failed", File.ReadAllText(summary.LedgerPath!), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(
            File.ReadAllText("/proc/sys/kernel/random/poolsize"), File.ReadAllText(Path.Combine(_target.RootPath, "poolsize")));
        Assert.Equal(
            new DirectoryInfo(_target.RootPath).EnumerateFiles().Sum(file => file.Length), summary.Counters.BytesTransferred);
        Assert.Equal(summary.Counters.BytesScanned, summary.Counters.BytesTransferred);
    }

    [RequiresTheory("MOVER_FUSE")]
    [InlineData(IntegrityMode.None)]
    [InlineData(IntegrityMode.SaveVerifyFileMd5)]
    public async Task Files_whose_size_is_told_as_0_arrive_whole_whatever_their_length(IntegrityMode integrity)
    {
        using var mount = new FoldingMount("sizeless");
        var lengths = new Dictionary<string, int> { ["empty"] = 0, ["one"] = 1, ["small"] = 70_000, ["large"] = 9_000_001 };
        foreach (var (name, length) in lengths)
        {
            var content = new byte[length];
            new Random(length).NextBytes(content);
            File.WriteAllBytes(Path.Combine(mount.RootPath, name), content);
        }

        File.CreateSymbolicLink(Path.Combine(mount.RootPath, "link"), "small");
        await using var source = new LocalVolume(new(mount.RootPath));
        await using var target = new LocalVolume(new(_target.RootPath) { IsTarget = true });
        var options = new TransferOptions { Integrity = integrity, Symlinks = SymlinkPolicy.Resolve };

        var summary = await TransferRun.RunAsync(
            source, target, options, Path.Combine(_state.RootPath, "run"), TimeProvider.System, NullLogger.Instance, default);
        var differences = new List<Difference>();
        var verified = await Verification.AgainstSourceAsync(
            source, target, options, Path.Combine(_state.RootPath, "verify"), differences.Add, NullLogger.Instance, default);
        var arrived = lengths.Keys.ToDictionary(name => name, name => File.ReadAllBytes(Path.Combine(_target.RootPath, name)));
        File.AppendAllText(Path.Combine(_target.RootPath, "one"), "!");
        await Verification.AgainstSourceAsync(
            source, target, options, Path.Combine(_state.RootPath, "verify"), differences.Add, NullLogger.Instance, default);

        Assert.All(lengths.Keys, name => Assert.Equal(
            File.ReadAllBytes(Path.Combine(mount.RootPath, "../behind", name)), arrived[name]));
        Assert.Equal(70_000, new FileInfo(Path.Combine(_target.RootPath, "link")).Length);
        var counters = summary.Counters;
        Assert.Equal((5, 5, 0), (counters.ItemsScanned, counters.ItemsTransferred, counters.ItemsFailed));
        Assert.Equal(lengths.Values.Sum() + 70_000, counters.BytesTransferred);
        Assert.Equal(counters.BytesScanned, counters.BytesTransferred);
        Assert.Equal(counters.BytesTransferred, verified.BytesRead);
        Assert.Equal(
            "one", Assert.Single(differences, difference => difference.Kind is not DifferenceKind.Metadata).Path.ToString());
    }

    [RequiresTheory("MOVER_MOUNT")]
    [InlineData("source", "target/sub")]
    [InlineData("source/part", "target/sub deep")]
    [InlineData("target", "source/sub")]
    [InlineData("target/part", "source/sub")]
    [InlineData(".", "target/sub")]
    public async Task A_source_and_a_target_that_share_something_by_a_mount_overlap(string what, string where)
    {
        var (here, there) = (Path.Combine(_target.RootPath, "source"), Path.Combine(_target.RootPath, "target"));
        foreach (var folder in (string[])["source/part", "target/part", where])
        {
            Directory.CreateDirectory(Path.Combine(_target.RootPath, folder));
        }

        File.WriteAllText(Path.Combine(here, "part", "precious"), "1");
        using var mount = BindMount.Of(Path.Combine(_target.RootPath, what), Path.Combine(_target.RootPath, where));
        await using var source = new LocalVolume(new(here));
        await using var target = new LocalVolume(new(there) { IsTarget = true });
        var options = new TransferOptions { Mode = CopyMode.Mirror, DeleteGuard = new(ShareMax: 1) };

        var summary = await TransferRun.RunAsync(
            source, target, options, Path.Combine(_state.RootPath, "run"), TimeProvider.System, NullLogger.Instance, default);

        Assert.Equal(StatusCodes.TargetPathInvalid, summary.Fault?.Code);
        Assert.Contains("overlap", summary.Fault?.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(here, "part", "precious")));
    }

    [RequiresTheory("MOVER_FUSE")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_system_that_folds_names_below_the_targets_root_is_seen(bool isUnreadable)
    {
        using var folding = new FoldingMount("case");
        var below = Directory.CreateDirectory(Path.Combine(_target.RootPath, "plain/sub")).FullName;
        using var mount = BindMount.Of(folding.RootPath, below);
        _source.AddFile("plain/sub/Report", "new!").AddFile("plain/sub/other", "1").AddFile("plain/sub/Twice", "1").AddFile("plain/sub/twice", "2");
        File.WriteAllText(Path.Combine(below, "report"), "old");
        await using var source = new LocalVolume(new(_source.RootPath));
        await using var target = new LocalVolume(new(_target.RootPath) { IsTarget = true });
        var reading = new FaultVolume(source)
        {
            Before = call => isUnreadable && call.Operation is "ReadWhole" && call.Path == EntryPath.Of("plain/sub/Report")
                ? new(VolumeFaultKind.Permission, "denied")
                : null,
        };

        var summary = await TransferRun.RunAsync(
            reading, target, new() { Mode = CopyMode.Mirror, DeleteGuard = new(ShareMax: 1) }, Path.Combine(_state.RootPath, "run"),
            TimeProvider.System, NullLogger.Instance, default);

        Assert.Equal((0, isUnreadable ? 2 : 1), (summary.ItemsDeleted, summary.Counters.ItemsFailed));
        Assert.Equal(isUnreadable ? "old" : "new!", File.ReadAllText(Path.Combine(below, "report")));
        Assert.Equal("1", File.ReadAllText(Path.Combine(below, "twice")));
    }

    [RequiresFact("MOVER_MOUNT")]
    public async Task A_source_and_a_target_may_be_siblings_on_a_file_system_that_is_mounted_twice()
    {
        foreach (var folder in (string[])["disk/source", "disk/target", "again"])
        {
            Directory.CreateDirectory(Path.Combine(_target.RootPath, folder));
        }

        File.WriteAllText(Path.Combine(_target.RootPath, "disk/source/f"), "1");
        using var mount = BindMount.Of(Path.Combine(_target.RootPath, "disk"), Path.Combine(_target.RootPath, "again"));
        await using var source = new LocalVolume(new(Path.Combine(_target.RootPath, "disk/source")));
        await using var target = new LocalVolume(new(Path.Combine(_target.RootPath, "again/target")) { IsTarget = true });

        var summary = await TransferRun.RunAsync(
            source, target, new(), Path.Combine(_state.RootPath, "run"), TimeProvider.System, NullLogger.Instance, default);

        Assert.Equal(RunOutcome.Succeeded, summary.Outcome);
        Assert.Equal("1", File.ReadAllText(Path.Combine(_target.RootPath, "disk/target/f")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_or_a_file_replaces_a_folder_with_what_is_in_it(bool isLink)
    {
        _source.AddFile("there/in", "new");
        _ = isLink ? _source.AddLink("d", "there") : _source.AddFile("d", "new");
        _target.AddFile("d/in", "old").AddFile("d/deep/in", "old");

        var summary = await CopyAsync(new() { Mode = CopyMode.Mirror, DeleteGuard = new(ShareMax: 1) });

        Assert.Equal((4, 0L, 0L), (summary.ItemsDeleted, summary.ItemsNotDeleted, summary.Counters.ItemsFailed));
        Assert.Equal(isLink ? "there" : null, new FileInfo(Path.Combine(_target.RootPath, "d")).LinkTarget);
        Assert.Equal("new", File.ReadAllText(Path.Combine(_target.RootPath, isLink ? "d/in" : "d")));
    }

    [RequiresFact("MOVER_FUSE")]
    public async Task A_name_that_is_listed_and_then_denied_fails_by_name_and_a_mirror_keeps_what_it_stands_for()
    {
        using var mount = new FoldingMount("ghost");
        File.WriteAllText(Path.Combine(mount.RootPath, "a"), "1");
        File.WriteAllText(Path.Combine(mount.RootPath, "../behind/ghost"), "1");
        Directory.CreateDirectory(Path.Combine(mount.RootPath, "../behind/ghosts"));
        Directory.CreateDirectory(Path.Combine(_target.RootPath, "ghosts"));
        File.WriteAllText(Path.Combine(_target.RootPath, "ghost"), "kept");
        File.WriteAllText(Path.Combine(_target.RootPath, "ghosts/in"), "kept");
        await using var source = new LocalVolume(new(mount.RootPath));
        await using var target = new LocalVolume(new(_target.RootPath) { IsTarget = true });
        var options = new TransferOptions { Mode = CopyMode.Mirror, DeleteGuard = new(ShareMax: 1) };

        var summary = await TransferRun.RunAsync(
            source, target, options, Path.Combine(_state.RootPath, "run"), TimeProvider.System, NullLogger.Instance, default);

        Assert.Equal((3, 2, 0), (summary.Counters.ItemsScanned, summary.Counters.ItemsFailed, summary.ItemsDeleted));
        Assert.True(File.Exists(Path.Combine(_target.RootPath, "ghost")) && File.Exists(Path.Combine(_target.RootPath, "ghosts/in")));
    }

    [RequiresFact("MOVER_FUSE")]
    public async Task A_file_whose_size_is_told_as_0_and_that_keeps_changing_fails_by_name()
    {
        using var mount = new FoldingMount("sizeless");
        var file = Path.Combine(mount.RootPath, "f");
        File.WriteAllBytes(file, new byte[9_000_000]);
        await using var source = new LocalVolume(new(mount.RootPath));
        await using var target = new LocalVolume(new(_target.RootPath) { IsTarget = true });
        var changing = new FaultVolume(target)
        {
            Before = call =>
            {
                if (call.Operation is "WriteBlock")
                {
                    File.AppendAllText(Path.Combine(mount.RootPath, "../behind/f"), "more");
                }

                return null;
            },
        };

        var summary = await TransferRun.RunAsync(
            source, changing, new(), Path.Combine(_state.RootPath, "run"), TimeProvider.System, NullLogger.Instance, default);

        Assert.Equal((1, 9_000_000), (summary.Counters.ItemsFailed, new FileInfo(Path.Combine(mount.RootPath, "../behind/f")).Length / 100 * 100));
        Assert.Contains("changed while it was being read", File.ReadAllText(summary.LedgerPath!), StringComparison.Ordinal);
        Assert.Empty(await target.ScanAsync(default).ToListAsync());
    }

    [Fact]
    public async Task Content_that_changed_with_size_and_time_kept_is_copied_again_and_then_rests()
    {
        var file = Path.Combine(_source.RootPath, "f");
        File.WriteAllText(file, "right");
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddDays(9));
        await CopyAsync();
        await PassATickAsync(file);
        File.WriteAllText(file, "RIGHT");
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddDays(9));

        var changed = await CopyAsync();
        var rests = await CopyAsync();

        Assert.Equal("RIGHT", File.ReadAllText(Path.Combine(_target.RootPath, "f")));
        Assert.Equal((1, 0), (changed.Counters.ItemsTransferred, rests.Counters.ItemsTransferred));
    }

    [Fact]
    public async Task Movers_own_state_in_the_source_is_left_out_so_that_a_copy_settles()
    {
        File.WriteAllText(Path.Combine(_source.RootPath, "f"), "1");
        var state = Directory.CreateDirectory(Path.Combine(_source.RootPath, "home/state")).FullName;
        var options = new TransferOptions { Mode = CopyMode.Mirror, StatePlace = LocalVolume.PlaceOf(state) };

        var first = await CopyAsync(options, state);
        var second = await CopyAsync(options, state);

        Assert.Equal((0, true), (second.Counters.ItemsTransferred, second.Counters.ItemsExcluded > 0));
        Assert.False(Directory.Exists(Path.Combine(_target.RootPath, "home/state")));
        Assert.Equal(VerdictKind.Complete, TransferVerdict.Of(first).Kind);
    }

    [Fact]
    public async Task Movers_own_state_in_the_target_survives_a_mirror()
    {
        File.WriteAllText(Path.Combine(_source.RootPath, "f"), "1");
        var state = Directory.CreateDirectory(Path.Combine(_target.RootPath, "home/state")).FullName;
        var options = new TransferOptions { Mode = CopyMode.Mirror, StatePlace = LocalVolume.PlaceOf(state) };

        var summary = await CopyAsync(options, state);

        Assert.Equal((0, 0, VerdictKind.Complete), (summary.ItemsDeleted, summary.ItemsNotDeleted, TransferVerdict.Of(summary).Kind));
        Assert.True(File.Exists(summary.LedgerPath));
    }

    [Fact]
    public async Task A_file_system_that_is_mounted_in_the_source_is_named_or_left_out()
    {
        await using var crossing = new LocalVolume(new("/dev"));
        await using var staying = new LocalVolume(new("/dev") { OneFileSystem = true });

        var shared = await crossing.FindAsync(EntryPath.Of("shm"), default);
        var left = new List<Entry>();
        await foreach (var batch in staying.ScanAsync(default))
        {
            left.AddRange(batch);
        }

        Assert.True(shared?.IsMountPoint);
        Assert.Equal(StatusCodes.ItemExcluded, left.Single(entry => entry.Path == EntryPath.Of("shm")).Fault?.Code);
        Assert.DoesNotContain(left, entry => entry.Path.ToString().StartsWith("shm/", StringComparison.Ordinal));
    }

    private async Task<TransferSummary> CopyAsync(TransferOptions? options = null, string? state = null)
    {
        await using var source = new LocalVolume(new(_source.RootPath));
        await using var target = new LocalVolume(new(_target.RootPath) { IsTarget = true });
        return await TransferRun.RunAsync(
            source, target, options ?? new(), Path.Combine(state ?? _state.RootPath, $"run{++_runs}"), TimeProvider.System, NullLogger.Instance,
            default);
    }

    /// <summary>File systems keep change times in ticks of the kernel: waits until the next one shows.</summary>
    private static async Task PassATickAsync(string file)
    {
        await using var volume = new LocalVolume(new(Path.GetDirectoryName(file)!));
        var name = EntryPath.Of(Path.GetFileName(file));
        var before = (await volume.FindAsync(name, default))?.Changed;
        for (var now = before; now == before; now = (await volume.FindAsync(name, default))?.Changed)
        {
            File.SetUnixFileMode(file, File.GetUnixFileMode(file));
        }
    }
}
