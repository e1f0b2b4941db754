namespace Mover.Recovery.Snapshots;

/// <summary>What is known of a snapshot beside its template: <c>manifest.json</c>.</summary>
public sealed record SnapshotManifest
{
    /// <summary>The form that this program writes.</summary>
    public const string CurrentFormat = "mover-snapshot/1";

    /// <summary>The form of the file.</summary>
    public required string Format { get; init; }

    /// <summary>When the estate was read, UTC.</summary>
    public required DateTimeOffset TakenAt { get; init; }

    /// <summary>Version of the program that took it.</summary>
    public required string TakenBy { get; init; }

    /// <summary>How often the estate was read until two consecutive reads were equal.</summary>
    public int Reads { get; init; }

    /// <summary>Where it was taken.</summary>
    public required SnapshotSource Source { get; init; }

    /// <summary><c>sha256:</c> and the lower-case hexadecimal digest of the bytes of <c>template.json</c>.</summary>
    public required string TemplateDigest { get; init; }

    /// <summary>Resources of the template by type.</summary>
    public SortedDictionary<string, int> Counts { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The agents, with what they were.</summary>
    public IReadOnlyList<SnapshotAgent> Agents { get; init; } = [];

    /// <summary>The storage accounts that endpoints name, wherever they are.</summary>
    public IReadOnlyList<SnapshotAccount> StorageAccounts { get; init; } = [];

    /// <summary>The roles that agents hold on data.</summary>
    public IReadOnlyList<SnapshotRole> RoleAssignments { get; init; } = [];

    /// <summary>Job definitions that have a schedule.</summary>
    public IReadOnlyList<SnapshotSchedule> Schedules { get; init; } = [];

    /// <summary>
    /// Mirrors without a schedule whose last run had succeeded, by ARM id of the job definition: their targets may be in use since. Null in
    /// snapshots from before it was kept.
    /// </summary>
    public IReadOnlyList<string>? FinishedMirrors { get; init; }

    /// <summary>What is in the group and not in the template.</summary>
    public IReadOnlyList<SnapshotLeftOut> LeftOut { get; init; } = [];
}

/// <summary>Where a snapshot was taken.</summary>
/// <param name="Server">Address of the ARM endpoint.</param>
/// <param name="SubscriptionId">Subscription.</param>
/// <param name="ResourceGroup">Resource group.</param>
/// <param name="StorageMover">The one storage mover that was taken; null for the whole group.</param>
/// <param name="Location">Region of the storage mover, or of the group.</param>
/// <param name="Geography">The geography of a region that is an operator's own; null for Azure's.</param>
public sealed record SnapshotSource(
    string Server, string SubscriptionId, string ResourceGroup, string? StorageMover, string Location, string? Geography = null);

/// <summary>An agent of the estate.</summary>
/// <param name="Id">ARM id of the agent.</param>
/// <param name="MachineId">ARM id of its hybrid machine; null when it has none.</param>
/// <param name="PrincipalId">The machine's identity; null when it has none.</param>
public sealed record SnapshotAgent(string Id, string? MachineId, string? PrincipalId);

/// <summary>A storage account that endpoints name.</summary>
/// <param name="Id">ARM id.</param>
/// <param name="Location">Region; null when the account could not be read.</param>
/// <param name="Sku">Redundancy option, such as <c>Standard_GZRS</c>; null when not known.</param>
public sealed record SnapshotAccount(string Id, string? Location, string? Sku);

/// <summary>A role that an agent's identity holds.</summary>
/// <param name="PrincipalId">The identity.</param>
/// <param name="RoleDefinitionId">The role.</param>
/// <param name="Scope">Where.</param>
public sealed record SnapshotRole(string PrincipalId, string RoleDefinitionId, string Scope);

/// <summary>A job definition's schedule, shortly.</summary>
/// <param name="JobDefinition">ARM id of the job definition.</param>
/// <param name="Summary">Such as <c>daily at 22:00 UTC, active</c>.</param>
public sealed record SnapshotSchedule(string JobDefinition, string Summary);

/// <summary>What was left out.</summary>
/// <param name="Id">ARM id.</param>
/// <param name="Reason">Why.</param>
public sealed record SnapshotLeftOut(string Id, string Reason);
