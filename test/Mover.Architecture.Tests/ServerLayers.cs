namespace Mover.Architecture.Tests;

/// <summary>The namespaces of the server from the lowest to the highest: each uses those before it, and never one after it.</summary>
internal static class ServerLayers
{
    public const string Root = "Mover.Server";

    /// <summary>Below <see cref="Root"/>, which stands above all of them.</summary>
    public static IReadOnlyList<string> BottomUp { get; } =
    [
        // Manners: settings, keys, what every request and every loop needs.
        "Settings", "DataFolders", "Keys", "Arm", "Background",

        // Who this control plane is, and what callers may do.
        "Tls", "Identity", "Authorization",

        // Documents, and the gates before them.
        "Documents", "Access", "Roles", "Throttling", "Vault", "Activity", "Gates",

        // Agents and runs: presence, claims, reports, orders.
        "Presence", "JobRuns",

        // Resource types.
        "Operations", "Providers", "Resources", "Tags", "Subscriptions", "Groups", "StorageAccounts", "HybridMachines", "StorageMovers",
        "JobDefinitions", "Connections", "Agents", "Deployments",

        // Loops, the agents' channel, regions, and the whole.
        "Scheduling", "Instances", "AgentChannel", "Regions", "Regions.Drills", "Backups", "Listening", "Features",
    ];
}
