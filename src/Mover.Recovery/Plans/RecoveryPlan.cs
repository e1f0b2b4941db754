using System.Text.Json.Nodes;
using Mover.Recovery.Snapshots;
using Mover.Recovery.Standby;

namespace Mover.Recovery.Plans;

/// <summary>
/// What a recovery will do, to read before it is done: <c>mover recovery deploy</c> carries out exactly this. A file of its own, without
/// secrets.
/// </summary>
public sealed record RecoveryPlan
{
    /// <summary>The form that this program writes.</summary>
    public const string CurrentFormat = "mover-recovery-plan/1";

    /// <summary>The form of the file.</summary>
    public required string Format { get; init; }

    /// <summary>
    /// Names the plan: 12 hexadecimal digits that follow from the template and the destination. The tag of what it makes.
    /// </summary>
    public required string Id { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>The snapshot that it comes from.</summary>
    public required PlanSource From { get; init; }

    /// <summary>Where it goes.</summary>
    public required PlanTarget To { get; init; }

    /// <summary>The template to deploy.</summary>
    public required JsonObject Template { get; init; }

    /// <summary>
    /// What a first step leaves out, so that resources that name each other can be deployed; the second step is the whole template. Empty
    /// when one step is enough.
    /// </summary>
    public IReadOnlyList<LaterValue> Later { get; init; } = [];

    /// <summary>What differs from the snapshot, and by which rule.</summary>
    public IReadOnlyList<PlanChange> Changes { get; init; } = [];

    /// <summary>A person's rules that matched nothing.</summary>
    public IReadOnlyList<string> UnmatchedRules { get; init; } = [];

    /// <summary>What must be seen to first, and what should be known.</summary>
    public IReadOnlyList<PlanProblem> Problems { get; init; } = [];

    /// <summary>What the deployment does at the destination, as its what-if tells.</summary>
    public IReadOnlyList<PlanEffect> Effects { get; init; } = [];

    /// <summary>What does not come along.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>Which agent each job definition had: <c>project/job</c> → agent.</summary>
    public SortedDictionary<string, string> FormerAgents { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Job definitions whose schedule is off in the template and was on: <c>project/job</c>.</summary>
    public IReadOnlyList<string> SchedulesOff { get; init; } = [];

    /// <summary>
    /// Mirrors that had succeeded in the snapshot, <c>mover/project/job</c>. Their targets may be in use since, so they do not start by
    /// themselves. Null in plans from before it was kept.
    /// </summary>
    public IReadOnlyList<string>? FinishedMirrors { get; init; }

    /// <summary>What there is to know of the standby that it makes; null when it makes none.</summary>
    public StandbyNotes? Standby { get; init; }

    /// <summary>Whether nothing stands in the way.</summary>
    public bool IsReady() => Problems.All(problem => !problem.IsBlocking);
}

/// <summary>The snapshot that a plan comes from.</summary>
/// <param name="TakenAt">When it was taken, UTC.</param>
/// <param name="TemplateDigest">Digest of its template.</param>
/// <param name="Source">Where it was taken.</param>
public sealed record PlanSource(DateTimeOffset TakenAt, string TemplateDigest, SnapshotSource Source);

/// <summary>The destination of a plan.</summary>
/// <param name="Server">Address of the ARM endpoint.</param>
/// <param name="SubscriptionId">Subscription.</param>
/// <param name="ResourceGroup">Resource group; made when it does not exist.</param>
/// <param name="Location">Region of group and storage mover.</param>
public sealed record PlanTarget(string Server, string SubscriptionId, string ResourceGroup, string Location);

/// <summary>How a resource of the snapshot was changed.</summary>
public enum PlanChangeKind
{
    /// <summary>It is not deployed.</summary>
    Removed,

    /// <summary>One of its values differs.</summary>
    Changed,
}

/// <summary>One change, and the rule that made it.</summary>
public sealed record PlanChange
{
    /// <summary>The rule.</summary>
    public required string Rule { get; init; }

    /// <summary>What was done.</summary>
    public required PlanChangeKind Kind { get; init; }

    /// <summary>Type of the resource.</summary>
    public required string Type { get; init; }

    /// <summary>Its whole name, with slashes.</summary>
    public required string Name { get; init; }

    /// <summary>JSON pointer of the value; null for the whole resource.</summary>
    public string? Path { get; init; }

    /// <summary>The value before; null for none.</summary>
    public JsonNode? Before { get; init; }

    /// <summary>The value after; null for none.</summary>
    public JsonNode? After { get; init; }
}

/// <summary>Something that a person should know, or see to, before the plan is carried out.</summary>
/// <param name="IsBlocking">Whether the plan is not carried out like this.</param>
/// <param name="Code">A stable word for scripts.</param>
/// <param name="Message">What it is, and where.</param>
/// <param name="Advice">What to do.</param>
public sealed record PlanProblem(bool IsBlocking, string Code, string Message, string Advice)
{
    internal static PlanProblem Blocks(string code, string message, string advice) => new(true, code, message, advice);

    internal static PlanProblem Warns(string code, string message, string advice) => new(false, code, message, advice);
}

/// <summary>What happens to one resource at the destination.</summary>
/// <param name="Id">ARM id.</param>
/// <param name="Change"><c>Create</c>, <c>Modify</c>, <c>NoChange</c>, <c>Unsupported</c>, as what-if says.</param>
public sealed record PlanEffect(string Id, string Change)
{
    /// <summary>The properties that differ, as what-if tells; null unless the resource is modified.</summary>
    public IReadOnlyList<PropertyEffect>? Properties { get; init; }
}

/// <summary>A property that a deployment changes.</summary>
/// <param name="Path">Where, such as <c>properties.description</c>.</param>
/// <param name="Change"><c>Create</c>, <c>Modify</c>, <c>Delete</c> or <c>Array</c>, as what-if says.</param>
/// <param name="Before">The value that is there; null for none, and for arrays.</param>
/// <param name="After">The value that is wanted; null for none, and for arrays.</param>
public sealed record PropertyEffect(string Path, string Change, JsonNode? Before, JsonNode? After);
