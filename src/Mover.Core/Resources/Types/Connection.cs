using System.Text.RegularExpressions;
using Mover.Core.Arm;
using Mover.Core.Resources.Versions;
using Mover.Core.Rules;

namespace Mover.Core.Resources;

/// <summary><c>storageMovers/connections</c>: a private link towards an on-premises network.</summary>
public sealed partial record Connection : ArmResource<ConnectionProperties>
{
    /// <summary>What is known of the type.</summary>
    public static ResourceType<Connection> Described { get; } = new(ResourceTypes.Connection)
    {
        Title = "connection",
        Parent = StorageMover.Described,
        Since = ApiCatalogue.V202508,
        NameRule = new("^[A-Za-z0-9][A-Za-z0-9_-]{0,20}$", NameRegex()),
        ServiceSet = ["connectionStatus", "privateEndpointName", "privateEndpointResourceId"],
        AtCreation = ["privateLinkServiceId"],
        Writes = new(ConnectionRules.Put, Deleting) { ShowsEndTime = true },
    };

    private static Connection Deleting(Connection connection) =>
        connection with { Properties = (connection.Properties ?? new()) with { ProvisioningState = ProvisioningStates.Deleting } };

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9_-]{0,20}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NameRegex();
}

public static partial class ResourceTypes
{
    /// <summary>A private connection.</summary>
    public const string Connection = StorageMover + "/connections";
}

/// <summary>Properties of a connection.</summary>
public sealed record ConnectionProperties
{
    /// <summary>Free text, 1,024 characters at most; fixed by the first PUT, as the live service was recorded doing.</summary>
    public string? Description { get; init; }

    /// <summary>One of <see cref="ConnectionStatuses"/>; read-only.</summary>
    public string? ConnectionStatus { get; init; }

    /// <summary>The private link service's ARM id; required.</summary>
    public string? PrivateLinkServiceId { get; init; }

    /// <summary>Read-only: the private endpoint's ARM id.</summary>
    public string? PrivateEndpointResourceId { get; init; }

    /// <summary>Read-only: <c>{connection}-{guid}</c>.</summary>
    public string? PrivateEndpointName { get; init; }

    /// <summary>ARM ids of the job definitions that use it.</summary>
    public IReadOnlyList<string>? JobList { get; init; }

    /// <summary>One of <see cref="ProvisioningStates"/>; read-only.</summary>
    public string? ProvisioningState { get; init; }
}

/// <summary>What a PUT of a connection may ask, and what becomes of it. Pure.</summary>
public static class ConnectionRules
{
    /// <summary>
    /// The connection after its private link service's owner has decided, or why that cannot be. Saying the same again changes nothing;
    /// what was disconnected stays so, and has to be made anew.
    /// </summary>
    /// <param name="id">The connection.</param>
    /// <param name="before">What is there.</param>
    /// <param name="status">The owner's word: Approved, Rejected or Disconnected.</param>
    public static Result<Connection> Decide(ResourceId id, Connection before, string? status)
    {
        const string Target = "properties.privateLinkServiceConnectionState.status";
        var problems = new Problems();
        problems.Required(Target, status);
        var wanted = problems.Known(Target, string.IsNullOrWhiteSpace(status) ? null : status,
            [ConnectionStatuses.Approved, ConnectionStatuses.Rejected, ConnectionStatuses.Disconnected, ConnectionStatuses.Pending]);
        if (problems.Refusal is { } refusal)
        {
            return refusal;
        }

        var kept = before.Properties ?? new();
        return (kept.ConnectionStatus, wanted) switch
        {
            var (from, to) when from == to => before,
            (ConnectionStatuses.Pending or ConnectionStatuses.Approved or ConnectionStatuses.Rejected, not ConnectionStatuses.Pending) =>
                before with { Properties = kept with { ConnectionStatus = wanted } },
            _ => ArmErrors.ConnectionCannotBe(id, kept.ConnectionStatus ?? string.Empty, wanted ?? string.Empty),
        };
    }

    // The live service keeps private endpoints in a subscription of its own.
    private const string ServiceSubscription = "00000000-0000-0000-0000-000000000000";

    /// <summary>
    /// The resource to keep, or everything that is wrong with it. Over an existing connection only the times move, as recorded; another
    /// private link service is refused.
    /// </summary>
    public static Result<Connection> Put(ResourceId id, Connection? before, Connection wanted, RuleContext context)
    {
        var problems = new Problems();
        var asked = wanted.Properties ?? new();
        problems.IdOfType("properties.privateLinkServiceId", asked.PrivateLinkServiceId, "Microsoft.Network/privateLinkServices");
        problems.Description(asked.Description);
        if (before?.Properties is { } kept && asked.PrivateLinkServiceId is not null)
        {
            problems.Unchanged("properties.privateLinkServiceId", kept.PrivateLinkServiceId, asked.PrivateLinkServiceId,
                StringComparison.OrdinalIgnoreCase);
        }

        if (problems.Refusal is { } refusal)
        {
            return refusal;
        }

        if (before is not null)
        {
            return before;
        }

        var endpoint = $"{id.Name}-{context.NewGuid()}";
        return new Connection
        {
            Id = id.Text,
            Name = id.Name,
            Type = id.Type.ToLowerInvariant(),
            Properties = new()
            {
                Description = asked.Description,
                ConnectionStatus = ConnectionStatuses.Pending,
                PrivateLinkServiceId = asked.PrivateLinkServiceId,
                PrivateEndpointResourceId = ResourceId.OfGroup(ServiceSubscription, $"rg-sm-ur-prd-pe-{context.Region}")
                    .Provider("Microsoft.Network/privateEndpoints", endpoint).Text,
                PrivateEndpointName = endpoint,
                JobList = asked.JobList is { Count: > 0 } jobs ? jobs : null,
                ProvisioningState = ProvisioningStates.Succeeded,
            },
        };
    }
}
