using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Core.Rules;

/// <summary>What a PUT of a storage endpoint may ask, and what becomes of it. Pure.</summary>
public static class StorageEndpointRules
{
    private const string P = "properties.";

    /// <summary>The resource to keep, or everything that is wrong with it.</summary>
    public static Result<StorageEndpoint> Put(ResourceId id, StorageEndpoint? before, StorageEndpoint wanted, RuleContext context)
    {
        if (wanted.Properties is not { } asked)
        {
            return ArmErrors.InvalidProperty("properties", "The property 'properties' is required.");
        }

        if (before?.Properties is { } kept && kept.EndpointType != asked.EndpointType)
        {
            return ArmErrors.InvalidProperty(P + "endpointType",
                $"The endpoint type is set at creation and cannot be changed; it is {kept.EndpointType}.");
        }

        var problems = new Problems();
        problems.Description(asked.Description);
        var kind = Kind(problems, before?.Properties?.EndpointKind, asked);
        var properties = asked.Kind.Check(problems, before?.Properties, asked) with
        {
            EndpointKind = kind,
            Description = asked.Description,
            ProvisioningState = ProvisioningStates.Succeeded,
        };
        var identity = Identity(problems, before?.Identity, wanted.Identity, context);
        if (problems.Refusal is { } refusal)
        {
            return refusal;
        }

        return new StorageEndpoint
        {
            Id = id.Text,
            Name = id.Name,
            Type = id.Type.ToLowerInvariant(),
            Identity = identity,
            Properties = properties,
        };
    }

    /// <summary>In a PUT an empty address of a secret means that there is none, as recorded; in a PATCH it stays and clears what was
    /// there.</summary>
    public static StorageEndpoint WithoutEmptySecrets(StorageEndpoint wanted) => wanted.Properties is { } properties
        ? wanted with { Properties = properties.Kind.WithoutEmptySecrets(properties) }
        : wanted;

    private static string? Kind(Problems problems, string? before, StorageEndpointProperties asked)
    {
        var kind = problems.Known(P + "endpointKind", asked.EndpointKind, StorageEndpointKinds.All);
        if (kind == StorageEndpointKinds.Target && asked.Kind.IsSourceOnly)
        {
            problems.Add(P + "endpointKind", $"The endpoint kind {kind} is not supported for the endpoint type {asked.EndpointType}.");
        }

        if (before is not null && kind is not null)
        {
            problems.Unchanged(P + "endpointKind", before, kind);
        }

        return kind ?? before ?? asked.Kind.UsedAs;
    }

    private static ManagedIdentity? Identity(Problems problems, ManagedIdentity? before, ManagedIdentity? asked, RuleContext context)
    {
        if (asked is null)
        {
            return before;
        }

        var type = problems.Known("identity.type", asked.Type ?? string.Empty, [IdentityTypes.None, IdentityTypes.SystemAssigned,
            IdentityTypes.UserAssigned, IdentityTypes.Both]);
        return type switch
        {
            null or IdentityTypes.None => null,
            IdentityTypes.UserAssigned => new() { Type = type, UserAssignedIdentities = asked.UserAssignedIdentities },
            _ => new()
            {
                PrincipalId = before?.PrincipalId ?? context.NewGuid().ToString(),
                TenantId = before?.TenantId ?? context.TenantId,
                Type = type,
                UserAssignedIdentities = type == IdentityTypes.Both ? asked.UserAssignedIdentities : null,
            },
        };
    }
}
