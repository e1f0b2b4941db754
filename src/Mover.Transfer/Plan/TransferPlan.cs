using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;
using Mover.Transfer.Copy;
using Mover.Transfer.Journal;
using Mover.Transfer.Plan;

namespace Mover.Transfer;

/// <summary>What a run would do with one path.</summary>
public enum PlannedActionKind
{
    /// <summary>Nothing: it is there already.</summary>
    Keep,

    /// <summary>Store content.</summary>
    Copy,

    /// <summary>Store metadata alone.</summary>
    SetMetadata,

    /// <summary>Store a folder or its marker.</summary>
    PutFolder,

    /// <summary>Store a link.</summary>
    PutLink,

    /// <summary>Delete from the target.</summary>
    Delete,

    /// <summary>Keep in the target although the source listed nothing there: what the source holds there is not known.</summary>
    NotDeleted,

    /// <summary>Leave out by configuration.</summary>
    Exclude,

    /// <summary>Report as unsupported.</summary>
    Unsupported,

    /// <summary>Report as failed.</summary>
    Fail,
}

/// <summary>One action of a plan.</summary>
/// <param name="Kind">What.</param>
/// <param name="Path">Where.</param>
/// <param name="Type">What the item is.</param>
/// <param name="SizeBytes">Content bytes that would move, or that stay where they are.</param>
/// <param name="Code">The status code that the item would get.</param>
/// <param name="Why">One line; null when the kind says it all.</param>
public sealed record PlannedAction(PlannedActionKind Kind, EntryPath Path, EntryType Type, long SizeBytes, StatusCode Code,
    string? Why = null);

/// <summary>A dry run: the exact actions of a run at this moment, without one write to either volume.</summary>
public static class TransferPlan
{
    private const int ActionsAhead = 1_024;

    /// <summary>
    /// Yields the actions in path order (a folder that needs a marker only because it is empty comes after what could be in it), then the
    /// deletions, children before parents. Throws <see cref="TransferFaultException"/> when the run would end with a fault of the job,
    /// the delete guard's among them.
    /// </summary>
    /// <param name="source">What would be read.</param>
    /// <param name="target">What would be written.</param>
    /// <param name="options">As for the run.</param>
    /// <param name="workFolder">For spill files; created when missing, emptied at the end.</param>
    /// <param name="clock">For retries.</param>
    /// <param name="logger">The log.</param>
    /// <param name="cancel">Stops it by throwing.</param>
    public static async IAsyncEnumerable<PlannedAction> EnumerateAsync(
        IVolume source, ITargetVolume target, TransferOptions options, string workFolder, TimeProvider clock, ILogger logger,
        [EnumeratorCancellation] CancellationToken cancel)
    {
        if (OverlapRule.Check(source.Traits, target.Traits) is { } overlap)
        {
            throw new TransferFaultException(overlap);
        }

        var folder = new RunFolder(workFolder);
        folder.Prepare();
        var actions = Channel.CreateBounded<PlannedAction>(ActionsAhead);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var sides = new TransferSides(source, target, writes: false, options, clock, logger, stop.Token);
        var planning = Task.Run(new Planner(sides, options, folder, actions.Writer).RunAsync, CancellationToken.None);
        try
        {
            await foreach (var action in actions.Reader.ReadAllAsync(cancel))
            {
                yield return action;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await planning;
            folder.RemoveSpill();
        }
    }
}

/// <summary>A fault of the job, where there is no summary to carry it.</summary>
public sealed class TransferFaultException(JobFault fault, Exception? inner = null) : Exception(fault.Message, inner)
{
    /// <summary>The fault.</summary>
    public JobFault Fault { get; } = fault;
}
