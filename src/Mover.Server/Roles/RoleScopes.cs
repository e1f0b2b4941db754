using Mover.Core;
using Mover.Core.Access;
using Mover.Core.Arm;
using Mover.Server.Authorization;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.Roles;

/// <summary>The scopes that roles are assigned at: how they are read from a path, and whether they exist.</summary>
internal sealed class RoleScopes(ArmReads reads, DocumentStore documents) : IRoleScopes
{
    private const string VaultType = "Microsoft.KeyVault/vaults";

    /// <summary>What stands between a scope and the type.</summary>
    public const string Below = "/providers/Microsoft.Authorization/";

    private const int CharactersMax = 1024;

    /// <summary>The scope that the path of such a request begins with, its fixed words in their canonical casing.</summary>
    public static string Of(HttpContext http)
    {
        // As RightsGate judges it: decoded.
        var path = http.Request.Path.Value ?? string.Empty;
        var cut = path.LastIndexOf(Below, StringComparison.OrdinalIgnoreCase);
        if (cut <= 0)
        {
            return ArmAction.Root;
        }

        var segments = path[..cut].Split('/');
        for (var at = 1; at < segments.Length && at <= 5; at += 2)
        {
            segments[at] = segments[at].ToUpperInvariant() switch
            {
                "SUBSCRIPTIONS" => "subscriptions",
                "RESOURCEGROUPS" => "resourceGroups",
                "PROVIDERS" => "providers",
                _ => segments[at],
            };
        }

        return string.Join('/', segments);
    }

    /// <summary>The subscription that a scope is in; null for the one that encloses all.</summary>
    public static string? SubscriptionOf(string scope) => ResourceId.TryParse(scope, out var id) ? id.Subscription : null;

    /// <inheritdoc/>
    /// <remarks>A subscription's vaults are not resources, their secrets have to be there, and parts of an account are only known to its
    /// own service.</remarks>
    public async Task<Result<IReadOnlyList<DocumentWrite>>> RequireAsync(string scope, CancellationToken cancel)
    {
        if (scope == ArmAction.Root)
        {
            return Result<IReadOnlyList<DocumentWrite>>.Of([]);
        }

        if (scope.Length > CharactersMax || !ResourceId.TryParse(scope, out var id))
        {
            return ArmErrors.InvalidRoleRequest("properties.scope", "The scope must be an ARM id of at most 1024 characters.");
        }

        if (id.ResourceGroup.Length == 0)
        {
            return id.Type.Length == 0 || ArmCase.Same(id.Type, VaultType) ? Result<IReadOnlyList<DocumentWrite>>.Of([])
                : ArmCase.Same(id.Type, VaultType + "/secrets") ? await SecretAsync(id, cancel)
                : ArmErrors.ResourceNotFound(id);
        }

        while (id.Type.StartsWith("Microsoft.Storage/storageAccounts/", StringComparison.OrdinalIgnoreCase))
        {
            id = id.Parent;
        }

        return (await reads.AliveAsync(id, cancel)).Try(out var check, out var refusal)
            ? Result<IReadOnlyList<DocumentWrite>>.Of([check])
            : refusal;
    }

    private async Task<Result<IReadOnlyList<DocumentWrite>>> SecretAsync(ResourceId id, CancellationToken cancel)
    {
        var key = SecretId.Of(id.Parent.Name, id.Name).Key;
        return await documents.GetInfoAsync(key, cancel) is null
            ? ArmErrors.ResourceNotFound(id)
            : Result<IReadOnlyList<DocumentWrite>>.Of([DocumentWrite.Check(key, DocumentCondition.Exists)]);
    }
}
