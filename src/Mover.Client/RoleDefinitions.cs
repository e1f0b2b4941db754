using System.Text.Json.Nodes;
using Mover.Client.Arm;

namespace Mover.Client;

/// <summary>Role definitions at any scope, <c>/</c> included.</summary>
public static class RoleDefinitions
{
    /// <summary>The resource type.</summary>
    public const string Type = "Microsoft.Authorization/roleDefinitions";

    /// <summary>Makes or replaces a custom role; answers it.</summary>
    /// <param name="client">The control plane.</param>
    /// <param name="id">The role's id, a GUID at its end.</param>
    /// <param name="body">The document.</param>
    /// <param name="cancel">Stops the call.</param>
    public static async Task<JsonObject> PutRoleDefinitionAsync(
        this MoverClient client, string id, JsonObject body, CancellationToken cancel) =>
        (await client.Pipeline.SendAsync(new(HttpMethod.Put, RoleAssignments.Url(id), body), cancel).ConfigureAwait(false)).Body
            as JsonObject ?? [];
}
