using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>
/// An entry of the index of active runs, <c>active/{resource}/{run}</c>: one below each endpoint, agent and connection that a run uses.
/// Written in the commit that starts the run, deleted in the one that ends it.
/// </summary>
/// <param name="RunId">The run's ARM id.</param>
/// <param name="Queued">The key of its entry in its agent's queue; null when that is of the form without a number.</param>
internal sealed record ActiveRun(string RunId, string? Queued)
{
    /// <summary>Where the entries are.</summary>
    public static readonly MirroredArea Area = new("active");

    /// <summary>What a run of a definition uses, each once.</summary>
    public static IReadOnlyList<ResourceId> UsedBy(ResourceId definition, JobDefinitionProperties job)
    {
        var mover = JobDefinitionRules.MoverOf(definition);
        return
        [
            .. JobDefinition.Uses.SelectMany(one => one.Values(job).Select(value => one.Find(mover, value))).OfType<ResourceId>()
                .DistinctBy(id => id.Key, StringComparer.Ordinal),
        ];
    }

    /// <summary>As above, of a run: by what it was started with, not what its definition says since.</summary>
    public static IReadOnlyList<ResourceId> UsedBy(ResourceId run, JobRunProperties properties) => UsedBy(
        run.Parent,
        properties.JobDefinitionProperties
            ?? new() { SourceName = properties.SourceName, TargetName = properties.TargetName, AgentName = properties.AgentName });

    /// <summary>The place of what uses a resource.</summary>
    public static DocumentKey PlaceOf(ResourceId used) => Area.KeyOf(used);

    /// <summary>The key of one entry.</summary>
    public static DocumentKey KeyOf(ResourceId used, ResourceId run) =>
        DocumentKey.Internal([Area.Name, .. MirroredArea.PartsOf(used), ArmCase.Lower(run.Name)]);

    /// <summary>The write of one entry.</summary>
    public static DocumentWrite Write(ResourceId used, ResourceId run, DocumentKey? queued, DocumentCondition condition = default) =>
        DocumentWrite.Put(KeyOf(used, run), new ActiveRun(run.Text, queued?.Stored), RunsJson.Default.ActiveRun, condition);

    /// <summary>The writes that belong into the commit that ends a run.</summary>
    public static IEnumerable<DocumentWrite> Ends(ResourceId run, JobRunProperties properties) =>
        UsedBy(run, properties).Select(used => DocumentWrite.Delete(KeyOf(used, run)));
}
