namespace Mover.Server.Access;

/// <summary>
/// What tokens are for: management (ARM and the agent channel) or the built-in vault. Clients ask under several names, the token carries
/// one.
/// </summary>
internal static class Audiences
{
    /// <summary>The audience of ARM tokens.</summary>
    public const string Management = "https://management.azure.com/";

    /// <summary>The audience of vault tokens.</summary>
    public const string Vault = "https://vault.azure.net";

    /// <summary>What ARM routes accept.</summary>
    public static readonly IReadOnlyList<string> OfManagement = [Management];

    /// <summary>What vault routes accept: their own, and management's, since the administrators of both are the same.</summary>
    public static readonly IReadOnlyList<string> OfVault = [Vault, Management];

    private static readonly string[] ManagementNames =
        ["https://management.azure.com", "https://management.core.windows.net", "api://mover"];

    /// <summary>
    /// The audience for a resource that a client names (v1 <c>resource</c>, or v2 <c>scope</c> without <c>/.default</c>); null when it is
    /// none of ours. This server's own address, as the client calls it, names management.
    /// </summary>
    public static string? Named(string resource, string authority)
    {
        var name = resource.TrimEnd('/');
        if (name.Equals(Vault, StringComparison.OrdinalIgnoreCase))
        {
            return Vault;
        }

        return name.Equals(authority, StringComparison.OrdinalIgnoreCase)
            || ManagementNames.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? Management
            : null;
    }
}
