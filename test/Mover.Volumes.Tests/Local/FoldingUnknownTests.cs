using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Volumes.Local;

namespace Mover.Volumes.Tests.Local;

/// <summary>Targets that fold names and are only looked at, where no name in the root tells that they do.</summary>
public sealed class FoldingUnknownTests(FoldingMounts mounts) : IClassFixture<FoldingMounts>, IDisposable
{
    private readonly FileTree _source = new();
    private readonly FileTree _state = new();
    private int _runs;

    public static TheoryData<string, string[]> Names => new()
    {
        { "nfd", ["1/\u00fc", "1/2/\u00e9\u0323/x", "1/a", "1/\u00fc.txt"] },
        { "nfc", ["1/u\u0308", "1/\u1112\u1161\u11ab", "1/z"] },
        { "norm", ["1/\u00fc", "2/e\u0301"] },
        { "case", ["1/Report", "2/\u00dcber/x", "2/\u00dcber/y"] },
    };

    public void Dispose()
    {
        _source.Dispose();
        _state.Dispose();
    }

    [RequiresTheory("MOVER_FUSE")]
    [MemberData(nameof(Names))]
    public async Task What_a_copy_stored_is_equal_for_verify_and_nothing_is_left_for_plan_and_mirror(string mode, string[] names)
    {
        var folder = mounts.NewFolder(mode);
        var options = new TransferOptions { Mode = CopyMode.Mirror };
        Fill(names);
        var copied = await CopyAsync(folder, options);
        Respell(folder, mode);

        var (verified, differences) = await VerifyAsync(folder, options);
        var (byLedger, ofLedger) = await VerifyAsync(folder, options, copied.LedgerPath);
        var plan = await PlanAsync(folder, options);
        var again = await CopyAsync(folder, options);
        var unprobed = await CopyAsync(folder, options, isReadOnly: true);

        Assert.Empty(differences);
        Assert.Empty(ofLedger);
        Assert.Equal(copied.Counters.ItemsScanned, verified.ItemsChecked);
        Assert.True(byLedger.ItemsChecked >= names.Length);
        Assert.Equal(copied.Counters.ItemsScanned, plan.Count);
        Assert.All(plan, action => Assert.Equal(PlannedActionKind.Keep, action.Kind));
        Assert.Equal((0, 0), (again.Counters.ItemsTransferred, again.ItemsDeleted));
        Assert.Equal((0, 0, RunOutcome.Succeeded), (unprobed.Counters.ItemsTransferred, unprobed.ItemsDeleted, unprobed.Outcome));
    }

    [RequiresTheory("MOVER_FUSE")]
    [MemberData(nameof(Names))]
    public async Task What_is_missing_and_what_is_too_much_is_said_once(string mode, string[] names)
    {
        var folder = mounts.NewFolder(mode);
        var options = new TransferOptions { Mode = CopyMode.Mirror };
        Fill([.. names, "1/1"]);
        await CopyAsync(folder, options);
        Respell(folder, mode);
        var time = Directory.GetLastWriteTimeUtc(Path.Combine(folder, "1"));
        File.Delete(Path.Combine(folder, "1/1"));
        File.WriteAllText(Path.Combine(folder, "1/3"), "too much");
        Directory.SetLastWriteTimeUtc(Path.Combine(folder, "1"), time);

        var (_, differences) = await VerifyAsync(folder, options);
        var plan = await PlanAsync(folder, options);

        Assert.Equal(
            ["Missing 1/1", "Extra 1/3"],
            differences.Select(difference => $"{difference.Kind} {difference.Path}"));
        Assert.Equal(
            ["Copy 1/1", "Delete 1/3"],
            plan.Where(action => action.Kind is not PlannedActionKind.Keep).Select(action => $"{action.Kind} {action.Path}"));
        Assert.Equal(plan.Count, plan.Select(action => action.Path).Distinct().Count());
    }

    private void Fill(string[] names)
    {
        foreach (var name in names)
        {
            var file = Path.Combine(_source.RootPath, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, name);
        }
    }

    /// <summary>Where the target keeps the spelling that was written first, another one.</summary>
    private static void Respell(string folder, string mode)
    {
        if (mode is not ("case" or "norm"))
        {
            return;
        }

        foreach (var path in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).OrderByDescending(p => p.Length))
        {
            var name = Path.GetFileName(path);
            var other = mode is "case" ? name.ToLowerInvariant()
                : name.Replace("\u00fc", "u\u0308", StringComparison.Ordinal).Replace("e\u0301", "\u00e9", StringComparison.Ordinal);
            var (modified, above) = (File.GetLastWriteTimeUtc(path), Path.GetDirectoryName(path)!);
            var aboveModified = Directory.GetLastWriteTimeUtc(above);
            if (other == name)
            {
                continue;
            }

            using (var move = System.Diagnostics.Process.Start("mv", ["-T", path, Path.Combine(above, other)]))
            {
                move.WaitForExit();
            }

            Directory.SetLastWriteTimeUtc(above, aboveModified);
            Assert.Equal(modified, File.GetLastWriteTimeUtc(path));
        }
    }

    private Task<TransferSummary> CopyAsync(string folder, TransferOptions options, bool isReadOnly = false) => RunAsync(
        folder,
        async (source, target, work) =>
            await TransferRun.RunAsync(source, target, options, work, TimeProvider.System, NullLogger.Instance, default),
        isReadOnly);

    private Task<(VerificationSummary Summary, List<Difference> Differences)> VerifyAsync(
        string folder, TransferOptions options, string? ledger = null) => RunAsync(folder, async (source, target, work) =>
    {
        var differences = new List<Difference>();
        var summary = ledger is null
            ? await Verification.AgainstSourceAsync(source, target, options, work, differences.Add, NullLogger.Instance, default)
            : await Verification.AgainstLedgerAsync(ledger, target, options, work, differences.Add, NullLogger.Instance, default);
        return (summary, differences);
    });

    private Task<List<PlannedAction>> PlanAsync(string folder, TransferOptions options) => RunAsync(folder, async (source, target, work) =>
        await TransferPlan.EnumerateAsync(source, target, options, work, TimeProvider.System, NullLogger.Instance, default).ToListAsync());

    private async Task<T> RunAsync<T>(string folder, Func<IVolume, ITargetVolume, string, Task<T>> run, bool isReadOnly = true)
    {
        await using var source = new LocalVolume(new(_source.RootPath));
        await using var target = new LocalVolume(new(folder) { IsTarget = true, IsReadOnly = isReadOnly });
        return await run(source, target, Path.Combine(_state.RootPath, $"{++_runs}"));
    }
}
