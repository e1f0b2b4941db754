using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Authorization;
using Mover.Server.Deployments;
using Mover.Server.Documents;
using Mover.Server.Roles;
using Mover.State.Mirror;

namespace Mover.Server.Regions;

/// <summary>The request that writes a diverged document to the region that serves.</summary>
/// <param name="Method"><c>PUT</c> or <c>DELETE</c>.</param>
/// <param name="Id">The ARM id that it goes to.</param>
/// <param name="ApiVersion">The api-version that carries everything of it.</param>
/// <param name="Body">What is put; null for a deletion.</param>
internal sealed record DivergedWrite(string Method, string Id, string ApiVersion, JsonObject? Body);

/// <summary>What becomes of the kinds of documents that a region wrote and its pair never got. Pure.</summary>
internal static class DivergedWrites
{
    private const string Runs = ResourceTypes.JobRun;
    private const string Roles = AccessState.RolesArea + "/";
    private const string Assignments = AccessState.AssignmentsArea + "/";
    private const string ServicePrincipals = Authorization.ServicePrincipals.Place + "/";
    private const string Registrations = "provider-registrations/";
    private const string Tags = "subscription-tags/";

    private static readonly string[] SetInRoles = ["createdBy", "createdOn", "incarnation", "roleIncarnation", "updatedBy", "updatedOn"];
    private static readonly string[] Sealed = [.. SecretId.Places.Select(place => place + "/"), ServicePrincipals];

    /// <summary>What is listed, and what counts as the same on both sides.</summary>
    public static DivergenceScope Scope { get; } = new([Roles, Assignments, .. Sealed, Registrations, Tags], IsSame);

    /// <summary>
    /// The request, or null for what is not written by one; and a sentence for who decides, null when there is nothing to say.
    /// </summary>
    public static (DivergedWrite? Write, string? Note) Of(DivergedDocument document, string subscription)
    {
        var key = ArmCase.Lower(document.Key);
        return document.Kind == DivergenceKind.Damaged
            ? (null, "It or its counterpart does not match its digest, so it cannot be taken over. Recreate it manually, or drop it.")
            : key.StartsWith(Roles, StringComparison.Ordinal) ? (OfRole(document, subscription), null)
            : key.StartsWith(Assignments, StringComparison.Ordinal) ? (OfAssignment(document, subscription), null)
            : key.StartsWith(SecretId.AccountKeys.Name + "/", StringComparison.Ordinal)
                ? (null, "Keys are sealed and not shown: set the account's key again, mover storage-account set-key.")
            : key.StartsWith(ServicePrincipals, StringComparison.Ordinal)
                ? (null, "Only a digest of its secret is stored: create the service principal again, or delete it.")
            : Array.Exists(Sealed, area => key.StartsWith(area, StringComparison.Ordinal))
                ? (null, "Secrets are sealed and not shown: set it again, or delete it: mover secret.")
            : key.StartsWith(Registrations, StringComparison.Ordinal)
                ? (null, "Register the provider again, or unregister it: az provider.")
            : key.StartsWith(Tags, StringComparison.Ordinal) ? (null, "Write the subscription's tags again: az tag.")
            : ResourceId.TryParse(document.Key, out var id) ? OfResource(document, id)
            : (null, "No request can write it.");
    }

    /// <summary>What of a document is shown; null for what is sealed.</summary>
    public static JsonElement? Shown(DivergedDocument document) =>
        Array.Exists(Sealed, area => ArmCase.StartsWith(document.Key, area)) ? null : document.Here;

    private static (DivergedWrite? Write, string? Note) OfResource(DivergedDocument document, ResourceId id)
    {
        var isNew = document.Kind == DivergenceKind.OnlyHere;
        if (ArmCase.Same(id.Type, Runs))
        {
            return (null, "Runs are history. A run that its agent knows is recorded from the agent's report; to repeat one that no "
                + "agent has, start the job again: mover job-definition start-job.");
        }

        if (ArmCase.Same(id.Type, DeploymentScope.Type))
        {
            return (null, "Deployments are history. The resources it wrote are listed separately; to repeat it, "
                + "deploy the template again.");
        }

        if (id.ResourceGroup.Length == 0 || (id.Type.Length > 0 && !ServiceSetProperties.Knows(id.Type)))
        {
            return (null, "No request can write it.");
        }

        if (isNew && (ArmCase.Same(id.Type, HybridMachines.HybridMachineRoutes.Type)
            || ArmCase.Same(id.Type, ResourceTypes.Agent)))
        {
            return (null, "An agent's identity cannot be transferred: register the agent again on its host, mover agent register.");
        }

        if (document.Kind == DivergenceKind.DeletedHere)
        {
            return (new("DELETE", id.Text, VersionOf(id), null), null);
        }

        var value = document.Here is { } here ? JsonObject.Create(here) ?? [] : [];
        if (value["properties"]?["provisioningState"]?.ToString() == ProvisioningStates.Deleting)
        {
            return (null, "It was being deleted there. Delete it here too, or drop it.");
        }

        var hasKey = value["properties"]?["keyIsSet"]?.GetValueKind() == JsonValueKind.True;
        var body = ServiceSetProperties.Without(value, id.Type);
        foreach (var name in new[] { "id", "name", "type" })
        {
            body.Remove(name);
        }

        return (new("PUT", id.Text, VersionOf(id), body),
            hasKey && isNew ? "Its key is not copied: set it again, mover storage-account set-key." : null);
    }

    private static DivergedWrite? OfAssignment(DivergedDocument document, string subscription)
    {
        var id = document.Key[AccessState.AssignmentsArea.Length..];
        if (document.Kind == DivergenceKind.DeletedHere)
        {
            return new("DELETE", id, Newest(ApiVersions.Authorization), null);
        }

        return document.Here?.Deserialize(AuthorizationJson.Default.RoleAssignment) is { } assignment
            ? new("PUT", assignment.Id, Newest(ApiVersions.Authorization), Body(RoleAnswers.Of(assignment, subscription)))
            : null;
    }

    private static DivergedWrite? OfRole(DivergedDocument document, string subscription)
    {
        var id = $"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{document.Key[Roles.Length..]}";
        if (document.Kind == DivergenceKind.DeletedHere)
        {
            return new("DELETE", id, Newest(ApiVersions.Authorization), null);
        }

        return document.Here?.Deserialize(AuthorizationJson.Default.RoleDefinition) is { } role
            ? new("PUT", id, Newest(ApiVersions.Authorization), Body(RoleAnswers.Of(role, subscription)))
            : null;
    }

    private static JsonObject Body(JsonObject shown) => new() { ["properties"] = shown["properties"]?.DeepClone() };

    private static string VersionOf(ResourceId id) =>
        id.Type.Length == 0 ? Newest(ApiVersions.Resources) : DeploymentRuns.VersionOf(id.Type);

    private static string Newest(string provider) => ApiVersions.Of(provider) is [.., var newest] ? newest : string.Empty;

    // What is sealed is another one whenever it is set.
    private static bool IsSame(string key, JsonElement here, JsonElement there)
    {
        if (Array.Exists(Sealed, area => key.StartsWith(area, StringComparison.Ordinal))
            || JsonObject.Create(here) is not { } one || JsonObject.Create(there) is not { } other)
        {
            return false;
        }

        if (!key.StartsWith('/'))
        {
            foreach (var name in SetInRoles)
            {
                one.Remove(name);
                other.Remove(name);
            }

            return JsonNode.DeepEquals(one, other);
        }

        // A run is what the service says of it.
        return ResourceId.TryParse(key, out var id) && id.Type.Length > 0 && !ServiceSetProperties.Knows(id.Type)
            ? JsonNode.DeepEquals(one, other)
            : JsonNode.DeepEquals(ServiceSetProperties.Without(one, id.Type), ServiceSetProperties.Without(other, id.Type))
                && (one["properties"]?["provisioningState"]?.ToString() == ProvisioningStates.Deleting)
                    == (other["properties"]?["provisioningState"]?.ToString() == ProvisioningStates.Deleting);
    }
}
