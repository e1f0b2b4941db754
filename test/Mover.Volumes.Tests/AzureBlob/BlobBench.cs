using Microsoft.Extensions.Logging.Abstractions;
using Mover.Testing;
using Mover.Transfer;
using Mover.Transfer.Contract;
using Mover.Transfer.Ledger;

namespace Mover.Volumes.Tests.AzureBlob;

/// <summary>Whole runs from any source to any target, with state of their own.</summary>
internal sealed class BlobBench(IVolume source, ITargetVolume target, CopyMode mode = CopyMode.Additive) : IDisposable
{
    private readonly FileTree _state = new();
    private int _runs;

    public TransferOptions Options { get; set; } = new() { Mode = mode, DeleteGuard = new(1) };

    public void Dispose() => _state.Dispose();

    public Task<TransferSummary> CopyAsync() =>
        TransferRun.RunAsync(source, target, Options, NewFolder(), TimeProvider.System, NullLogger.Instance, default);

    public async Task<List<PlannedAction>> PlanAsync()
    {
        var actions = new List<PlannedAction>();
        await foreach (var action in TransferPlan.EnumerateAsync(
            source, target, Options, NewFolder(), TimeProvider.System, NullLogger.Instance, default))
        {
            actions.Add(action);
        }

        return actions;
    }

    /// <summary>Copies, and answers what became of one item.</summary>
    public async Task<ItemOutcome> OutcomeOfAsync(string path)
    {
        var summary = await CopyAsync();
        Assert.Equal(RunOutcome.Succeeded, summary.Outcome);
        return LedgerFile.Read(Assert.IsType<string>(summary.LedgerPath)).Single(line => line.Path == EntryPath.Of(path));
    }

    private string NewFolder() => Path.Combine(_state.RootPath, $"run{++_runs}");
}
