using Mover.Core.Arm;
using Mover.Core.Jobs;

namespace Mover.Core.Resources.Versions;

/// <summary>
/// What exists from which api-version of Microsoft.StorageMover: properties, values and operations, and with <see cref="DescribedTypes"/>
/// and <see cref="EndpointKinds"/> what types and kinds of endpoints say of themselves. This is the only place that says so; answers are
/// shaped by <see cref="VersionedJson"/> and older bodies read by <see cref="OlderBodies"/> from it. What is not named exists in every
/// version. Source: the API definitions of the versions.
/// </summary>
public static class ApiCatalogue
{
    /// <summary>The versions, oldest first.</summary>
    public static readonly IReadOnlyList<string> Versions =
    [
        V202207, V202303, V202307, V202310, V202407, V202507, V202508, V202512, V202605,
    ];

    internal const string V202207 = "2022-07-01-preview";
    internal const string V202303 = "2023-03-01";
    internal const string V202307 = "2023-07-01-preview";
    internal const string V202310 = "2023-10-01";
    internal const string V202407 = "2024-07-01";
    internal const string V202507 = "2025-07-01";
    internal const string V202508 = "2025-08-01";
    internal const string V202512 = "2025-12-01";
    internal const string V202605 = "2026-05-01";

    /// <summary>From here on a PATCH of an endpoint names its <c>endpointType</c>.</summary>
    private const string PatchesAreDiscriminatedFrom = V202307;

    private static readonly string[] CommonOfEndpoints = ["endpointType", "endpointKind", "description", "provisioningState"];

    private static readonly NewProperties[] Properties =
    [
        new(V202407, typeof(MoverAgentProperties), "timeZone", "uploadLimitSchedule"),
        new(V202507, typeof(StorageEndpoint), "identity"),
        new(V202507, typeof(JobDefinitionProperties), "jobType", "sourceTargetMap"),
        new(V202508, typeof(JobDefinitionProperties), "connections", "dataIntegrityValidation"),
        new(V202508, typeof(JobRunProperties), "warnings"),
        new(V202512, typeof(StorageEndpointProperties), "endpointKind"),
        new(V202512, typeof(JobDefinitionProperties), "schedule", "preservePermissions"),
        new(V202512, typeof(JobRunProperties), "triggerType", "scheduledExecutionTime"),
        new(V202605, typeof(JobDefinitionProperties), "isCrossTenantJob", "crossTenantEndpointTenantId", "crossTenantEndpointResourceId",
            "syncMode", "moverSyncedUntil"),
        new(V202605, typeof(JobSchedule), "repeatInterval"),
    ];

    private static readonly NewValue[] Values =
    [
        .. StatesOf(typeof(StorageMoverProperties)),
        .. StatesOf(typeof(ProjectProperties)),
        .. StatesOf(typeof(StorageEndpointProperties)),
        .. StatesOf(typeof(MoverAgentProperties)),
        .. StatesOf(typeof(JobDefinitionProperties)),
        .. StatesOf(typeof(JobRunProperties)),
        new(V202407, typeof(JobRunProperties), "status", JobRunStatuses.PausedByBandwidthManagement, JobRunStatuses.Running, true),
        new(V202407, typeof(JobDefinitionProperties), "latestJobRunStatus", JobRunStatuses.PausedByBandwidthManagement,
            JobRunStatuses.Running, true),
        new(V202605, typeof(JobDefinitionProperties), "jobType", JobTypes.OnPremToCloudAgentLess, JobTypes.OnPremToCloud),
        new(V202605, typeof(JobSchedule), "frequency", Frequencies.Hourly, null),
    ];

    private static readonly (string Since, string Action)[] Operations =
    [
        (V202605, ResourceTypes.JobDefinition + "/reconcileJob/"),
    ];

    /// <summary>The newest version.</summary>
    public static string Newest => Versions[^1];

    /// <summary>Whether the version has the property; <paramref name="type"/> is the record itself, for an endpoint the one of its
    /// type.</summary>
    public static bool HasProperty(string version, Type type, string name) =>
        !Properties.Any(p => p.Type.IsAssignableFrom(type) && IsNewer(p.Since, version) && p.Names.Contains(name, StringComparer.Ordinal))
        && EndpointKinds.Known.HasProperty(version, type, name)
        && (HasEndpointType(version, type) || CommonOfEndpoints.Contains(name, StringComparer.Ordinal));

    /// <summary>Whether the version has the endpoint type; true of everything that is not one.</summary>
    public static bool HasEndpointType(string version, Type type) => EndpointKinds.Known.HasKind(version, type);

    /// <summary>The values of the record's properties that are newer than the version.</summary>
    public static IEnumerable<NewValue> NewerValues(string version, Type type) =>
        Values.Where(v => v.Type.IsAssignableFrom(type) && IsNewer(v.Since, version) && v.AlsoIn != version)
            .Concat(EndpointKinds.Known.NewerWords(version, type));

    /// <summary>Whether a PATCH of an endpoint has to name its type.</summary>
    public static bool PatchNamesEndpointType(string version) => !IsNewer(PatchesAreDiscriminatedFrom, version);

    /// <summary>The versions that have the operation behind an RBAC action.</summary>
    public static IReadOnlyList<string> VersionsOf(string action)
    {
        var since = Operations.FirstOrDefault(o => (action + "/").StartsWith(o.Action, StringComparison.OrdinalIgnoreCase)).Since
            ?? DescribedTypes.All.LastOrDefault(type => action.StartsWith(type.Name + "/", StringComparison.OrdinalIgnoreCase)
                && type.Since is not null)?.Since;
        return since is null ? Versions : [.. Versions.Where(v => !IsNewer(since, v))];
    }

    /// <summary>Null when the version has the operation behind an RBAC action; otherwise the refusal that lists those that have.</summary>
    public static ArmError? CheckOperation(string version, string action)
    {
        if (Newest.Equals(version, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var having = VersionsOf(action);
        return having.Count == Versions.Count || having.Contains(version, StringComparer.OrdinalIgnoreCase)
            || !Versions.Contains(version, StringComparer.OrdinalIgnoreCase)
            ? null
            : ArmErrors.NotInVersion(action, version, having);
    }

    // The service shows an agent that is being unregistered as Deleting in one preview, and in no other version of that year.
    private static IEnumerable<NewValue> StatesOf(Type type) =>
        new[] { ProvisioningStates.Deleting, ProvisioningStates.Failed, ProvisioningStates.Canceled }
            .Select(state => new NewValue(V202407, type, "provisioningState", state, ProvisioningStates.Succeeded, true)
            {
                AlsoIn = type == typeof(MoverAgentProperties) && state == ProvisioningStates.Deleting ? V202307 : null,
            });

    // Versions are dates, so that their text sorts as they do.
    internal static bool IsNewer(string since, string version) => string.Compare(since, version, StringComparison.OrdinalIgnoreCase) > 0;

    private sealed record NewProperties(string Since, Type Type, params string[] Names);
}

/// <summary>A value that older versions do not have.</summary>
/// <param name="Since">The first version that has it.</param>
/// <param name="Type">The record whose property it is a value of.</param>
/// <param name="Property">The property's name on the wire.</param>
/// <param name="Value">The value.</param>
/// <param name="ShownAs">What an older version shows in its place; null shows nothing.</param>
/// <param name="IsReadOnly">Whether only the control plane sets it.</param>
public sealed record NewValue(string Since, Type Type, string Property, string Value, string? ShownAs, bool IsReadOnly = false)
{
    /// <summary>An older version that has it all the same.</summary>
    public string? AlsoIn { get; init; }
}
