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
    public async Task A_file_whose_size_is_told_wrongly_is_never_stored_short()
    {
        await using var source = new LocalVolume(new("/proc/sys/kernel/random"));
        await using var target = new LocalVolume(new(_target.RootPath) { IsTarget = true });

        var summary = await TransferRun.RunAsync(
            source, target, new(), Path.Combine(_state.RootPath, "run"), TimeProvider.System, NullLogger.Instance, default);

        Assert.True(summary.Counters.ItemsFailed > 0);
        Assert.Empty(Directory.EnumerateFiles(_target.RootPath));
        Assert.Contains("holds more than the 0 bytes", File.ReadAllText(summary.LedgerPath!), StringComparison.Ordinal);
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
