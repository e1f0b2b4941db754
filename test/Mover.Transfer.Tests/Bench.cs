using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Jobs;
using Mover.Testing;
using Mover.Transfer.Contract;
using Mover.Transfer.Ledger;

namespace Mover.Transfer.Tests;

/// <summary>A source, a target and a run folder of their own.</summary>
public sealed class Bench : IDisposable
{
    public MemoryVolume Source { get; } = new();

    public MemoryVolume Target { get; init; } = new();

    public TransferOptions Options { get; set; } = new()
    {
        Retry = new() { DelayMin = TimeSpan.FromMilliseconds(1), DelayMax = TimeSpan.FromMilliseconds(2) },
        BufferBytes = 4 * 1024 * 1024,
    };

    public string Folder { get; } = Directory.CreateTempSubdirectory("mover-engine-").FullName;

    public string RunFolder => Path.Combine(Folder, "run");

    public string Journal => Path.Combine(RunFolder, "journal");

    public static Bench Flat() => new() { Target = new(MemoryVolume.Flat) };

    public TransferRun Run(IVolume? source = null, ITargetVolume? target = null, string? folder = null) => new(
        source ?? Source, target ?? Target, Options, folder ?? RunFolder, TimeProvider.System, NullLogger.Instance);

    /// <summary>Runs in a new folder, so that the run does not go on with the one before.</summary>
    public Task<TransferSummary> CopyAsync(IVolume? source = null, ITargetVolume? target = null, CancellationToken cancel = default) =>
        Run(source, target, Path.Combine(Folder, Guid.NewGuid().ToString("N"))).RunAsync(cancel);

    /// <summary>A run, one item after the other, that is cancelled when it is about to store the file.</summary>
    public async Task CutBeforeAsync(string path)
    {
        Options = Options with { Concurrency = 1 };
        using var stop = new CancellationTokenSource();
        var target = new FaultVolume(Target)
        {
            Meanwhile = async (call, _) =>
            {
                if (call.Operation == "Put" && call.Path == EntryPath.Of(path))
                {
                    await stop.CancelAsync();
                }
            },
        };
        await Run(target: target).RunAsync(stop.Token);
    }

    public async Task<IReadOnlyList<PlannedAction>> PlanAsync(IVolume? source = null, ITargetVolume? target = null)
    {
        var actions = new List<PlannedAction>();
        await foreach (var action in TransferPlan.EnumerateAsync(
            source ?? Source, target ?? Target, Options, Path.Combine(Folder, "plan"), TimeProvider.System, NullLogger.Instance, default))
        {
            actions.Add(action);
        }

        return actions;
    }

    public async Task<(VerificationSummary Summary, IReadOnlyList<Difference> Differences)> VerifyAsync(
        IVolume? source = null, ITargetVolume? target = null)
    {
        var differences = new List<Difference>();
        var summary = await Verification.AgainstSourceAsync(
            source ?? Source, target ?? Target, Options, Path.Combine(Folder, "verify"), differences.Add, NullLogger.Instance, default);
        return (summary, differences);
    }

    /// <summary>The ledger's lines by path.</summary>
    public static IReadOnlyDictionary<string, ItemOutcome> Ledger(TransferSummary summary) =>
        LedgerFile.Read(summary.LedgerPath!).ToDictionary(o => o.Path.ToString());

    /// <summary>The identity that every complete run keeps.</summary>
    public static void AssertIdentity(TransferSummary summary)
    {
        var c = summary.Counters;
        Assert.Equal(c.ItemsScanned, c.ItemsExcluded + c.ItemsUnsupported + c.ItemsNoTransferNeeded + c.ItemsFailed + c.ItemsTransferred);
        Assert.Equal(c.BytesScanned, c.BytesExcluded + c.BytesUnsupported + c.BytesNoTransferNeeded + c.BytesFailed + c.BytesTransferred);
        if (summary.LedgerPath is { } ledger)
        {
            Assert.Equal(c.ItemsScanned, LedgerFile.Read(ledger).LongCount(o => o.Result is not ItemResult.NotDeleted));
        }
    }

    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
