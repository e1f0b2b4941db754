using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Client;
using Mover.Core.Arm;

namespace Mover.Cli.Connect;

/// <summary>An open connection to a control plane, and the subscription that commands mean.</summary>
internal sealed class ControlPlane(MoverClient client, string? subscription) : IDisposable
{
    private string? _subscription = subscription;

    public MoverClient Client { get; } = client;

    /// <summary>The subscription that was named, or the first that the server lists.</summary>
    public async Task<string> GetSubscriptionAsync(CancellationToken cancel)
    {
        if (_subscription is not null)
        {
            return _subscription;
        }

        await foreach (var listed in Client.ListAsync("/subscriptions", cancel))
        {
            if (listed["subscriptionId"]?.ToString() is { Length: > 0 } id)
            {
                return _subscription = id;
            }
        }

        throw new CliException(
            ExitCodes.Refused, "NoSubscription", "This token has no access to any subscription.", "Specify one with --subscription.");
    }

    public async Task<ResourceId> GetGroupAsync(string group, CancellationToken cancel) =>
        ResourceId.OfGroup(await GetSubscriptionAsync(cancel), group);

    public async Task<List<JsonObject>> ListAsync(string collection, CancellationToken cancel)
    {
        var all = new List<JsonObject>();
        await foreach (var document in Client.ListAsync(collection, cancel))
        {
            all.Add(document);
        }

        return all;
    }

    public void Dispose() => Client.Dispose();
}
