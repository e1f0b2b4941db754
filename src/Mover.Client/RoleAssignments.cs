using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Client.Arm;

namespace Mover.Client;

/// <summary>Role assignments at any scope, <c>/</c> included.</summary>
public static class RoleAssignments
{
    private const string Type = "Microsoft.Authorization/roleAssignments";

    /// <summary>
    /// Gives a role to a principal at a scope. The assignment's name follows from the three, so that a repetition changes nothing.
    /// </summary>
    /// <param name="client">The control plane.</param>
    /// <param name="scope">A resource, a part of one, a group, a subscription, or <c>/</c>.</param>
    /// <param name="roleId">The role's GUID.</param>
    /// <param name="principalId">The object id of who gets it.</param>
    /// <param name="principalType"><c>ServicePrincipal</c>, <c>User</c> or <c>Group</c>; null leaves it to the server to know.</param>
    /// <param name="cancel">Stops the call.</param>
    /// <param name="name">The assignment's GUID; null for the one that follows from the rest.</param>
    /// <param name="description">A person's words; null for none.</param>
    public static async Task<JsonObject> AssignRoleAsync(
        this MoverClient client, string scope, string roleId, string principalId, string? principalType, CancellationToken cancel,
        string? name = null, string? description = null)
    {
        var properties = new JsonObject
        {
            ["roleDefinitionId"] = $"/providers/Microsoft.Authorization/roleDefinitions/{roleId}",
            ["principalId"] = principalId,
        };
        if (principalType is not null)
        {
            properties["principalType"] = principalType;
        }

        if (description is not null)
        {
            properties["description"] = description;
        }

        var path = $"{scope.TrimEnd('/')}/providers/{Type}/{name ?? NameOf(scope, roleId, principalId)}";
        var answer = await client.Pipeline.SendAsync(
            new(HttpMethod.Put, Url(path), new JsonObject { ["properties"] = properties }), cancel).ConfigureAwait(false);
        return answer.Body as JsonObject ?? [];
    }

    /// <summary>Takes an assignment away by its id; false when it was not there.</summary>
    public static async Task<bool> RemoveRoleAsync(this MoverClient client, string assignmentId, CancellationToken cancel) =>
        (await client.Pipeline.SendAsync(new(HttpMethod.Delete, Url(assignmentId)), cancel).ConfigureAwait(false)).Status != 204;

    /// <summary>The assignments at, above and below a scope.</summary>
    public static IAsyncEnumerable<JsonObject> ListRolesAsync(this MoverClient client, string scope, CancellationToken cancel) =>
        client.ListAsync($"{scope.TrimEnd('/')}/providers/{Type}", cancel);

    /// <summary>The roles that can be assigned at a scope.</summary>
    public static IAsyncEnumerable<JsonObject> ListRoleDefinitionsAsync(
        this MoverClient client, string scope, CancellationToken cancel) =>
        client.ListAsync($"{scope.TrimEnd('/')}/providers/{RoleDefinitions.Type}", cancel);

    private static string NameOf(string scope, string roleId, string principalId) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{scope}\n{roleId}\n{principalId}".ToUpperInvariant())).AsSpan(0, 16)).ToString();

    internal static string Url(string path) =>
        $"{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}?api-version={AskedVersions.For(path)}";
}
