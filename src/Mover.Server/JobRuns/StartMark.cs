using Mover.Core.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>
/// Written with every start beside each resource that the run uses, so that what found no active run can tell that one was started since.
/// An agent's numbers are the order of its queue.
/// </summary>
/// <param name="Run">The name of the run that was started last.</param>
/// <param name="Number">How many were started.</param>
internal sealed record StartMark(string Run, long Number = 0)
{
    /// <summary>Where the marks are.</summary>
    public static readonly MirroredArea Area = new("starts");

    /// <summary>The key of a resource's mark.</summary>
    public static DocumentKey KeyOf(ResourceId used) => Area.KeyOf(used);

    /// <summary>The number that the next start gets.</summary>
    public static long Next(Document<StartMark>? before) => (before?.Value.Number ?? 0) + 1;

    /// <summary>The write that belongs into a start's commit.</summary>
    public static DocumentWrite Write(ResourceId used, Document<StartMark>? before, string run) => DocumentWrite.Put(
        KeyOf(used), new StartMark(run, Next(before)), RunsJson.Default.StartMark, DocumentCondition.AsRead(before?.Info));
}
