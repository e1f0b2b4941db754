using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.Connections;

/// <summary>
/// What the owner of a private link service sees of connections, under <c>Microsoft.Network</c> as in Azure: each with its state, which the
/// owner approves, rejects or takes away. No private link service is kept; one that connections name has them.
/// </summary>
internal sealed partial class PrivateEndpointConnectionRoutes(
    DocumentStore documents, ILogger<PrivateEndpointConnectionRoutes> logger)
{
    private const string Service = "Microsoft.Network/privateLinkServices";
    private const string Type = Service + "/privateEndpointConnections";
    private const string All =
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/" + Service + "/{service}/privateEndpointConnections";

    private const string One = All + "/{connection}";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(All, ListAsync).RequiresAction(Type + "/read");
        routes.MapGet(One, GetAsync).RequiresAction(Type + "/read");
        routes.MapPut(One, PutAsync).RequiresAction(Type + "/write");
        routes.MapDelete(One, DeleteAsync).RequiresAction(Type + "/delete");
    }

    private async Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel)
    {
        var value = new JsonArray();
        await foreach (var found in OfServiceAsync(scope.Id, cancel))
        {
            value.Add((JsonNode)Shown(scope.Id, found));
        }

        return Answer(new JsonObject { ["value"] = value });
    }

    private async Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) =>
        await FindAsync(scope.Id, cancel) is { } found ? Answer(Shown(scope.Id.Parent, found))
            : ArmErrors.ResourceNotFound(scope.Id).ToResult();

    private async Task<IResult> PutAsync(ResourceScope scope, CancellationToken cancel)
    {
        var read = await ArmBody.ReadObjectAsync(scope.Http, cancel);
        return read.Try(out var body, out var refusal)
            ? await DecideAsync(scope, StatusOf(body), cancel)
            : refusal.ToResult();
    }

    private async Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel) => await FindAsync(scope.Id, cancel) is null
        ? ArmResults.Empty(StatusCodes.Status204NoContent)
        : await DecideAsync(scope, ConnectionStatuses.Disconnected, cancel);

    private async Task<IResult> DecideAsync(ResourceScope scope, string? status, CancellationToken cancel)
    {
        var rounds = documents.Rounds();
        do
        {
            if (await FindAsync(scope.Id, cancel) is not { } found)
            {
                return ArmErrors.ResourceNotFound(scope.Id).ToResult();
            }

            if (!ConnectionRules.Decide(found.Key.Id, found.Value, status).Try(out var decided, out var refusal))
            {
                return refusal.ToResult();
            }

            if (decided == found.Value)
            {
                return Answer(Shown(scope.Id.Parent, found));
            }

            var saved = await documents.PutAsync(
                found.Key, decided, MoverJson.Wire.Connection, DocumentCondition.Unchanged(found.Info), ArmWrites.Stamp(scope), cancel);
            if (saved is not null)
            {
                Log.Decided(logger, found.Key.Id, decided.Properties?.ConnectionStatus ?? string.Empty, scope.Caller.Name);
                return Answer(Shown(scope.Id.Parent, saved));
            }
        }
        while (await rounds.NextAsync(cancel));

        return ArmErrors.Contended(scope.Id).ToResult();
    }

    private static string? StatusOf(JsonObject body) =>
        (((body["properties"] as JsonObject)?["privateLinkServiceConnectionState"] as JsonObject)?["status"] as JsonValue)?.ToString();

    private async Task<Document<Connection>?> FindAsync(ResourceId asked, CancellationToken cancel)
    {
        await foreach (var found in OfServiceAsync(asked.Parent, cancel))
        {
            if (asked.Name.Equals(found.Value.Properties?.PrivateEndpointName, StringComparison.OrdinalIgnoreCase))
            {
                return found;
            }
        }

        return null;
    }

    // A person decides now and then, so the connections of the subscription are looked through instead of indexed.
    private async IAsyncEnumerable<Document<Connection>> OfServiceAsync(
        ResourceId service, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (!ResourceId.TryParse($"/subscriptions/{service.Subscription}", out var subscription))
        {
            yield break;
        }

        await foreach (var group in documents.ListAsync(subscription, "resourceGroups", Shapes.ResourceGroup.Json, cancel))
        {
            await foreach (var mover in documents.ListAsync(
                group.Key.Id, ResourceTypes.StorageMover, MoverJson.Wire.StorageMover, cancel))
            {
                await foreach (var found in documents.ListAsync(
                    mover.Key.Id, Connection.Described.Collection, MoverJson.Wire.Connection, cancel))
                {
                    if (ResourceId.TryParse(found.Value.Properties?.PrivateLinkServiceId, out var named) && named == service)
                    {
                        yield return found;
                    }
                }
            }
        }
    }

    private static JsonObject Shown(ResourceId service, Document<Connection> found)
    {
        var connection = found.Value.Properties ?? new();
        return new()
        {
            ["id"] = $"{service.Text}/privateEndpointConnections/{connection.PrivateEndpointName}",
            ["name"] = connection.PrivateEndpointName,
            ["type"] = Type,
            ["properties"] = new JsonObject
            {
                ["provisioningState"] = ProvisioningStates.Succeeded,
                ["privateEndpoint"] = new JsonObject { ["id"] = connection.PrivateEndpointResourceId },
                ["privateLinkServiceConnectionState"] = new JsonObject
                {
                    ["status"] = connection.ConnectionStatus,
                    ["description"] = connection.Description ?? string.Empty,
                    ["actionsRequired"] = "None",
                },
            },
        };
    }

    private static IResult Answer(JsonObject body) =>
        ArmResults.Raw(StatusCodes.Status200OK, Encoding.UTF8.GetBytes(body.ToJsonString(MoverJson.Wire.Options)));

    private static partial class Log
    {
        [LoggerMessage(2402, LogLevel.Information, "Connection {ConnectionId} was set to {Status} by {Caller}.")]
        public static partial void Decided(ILogger logger, ResourceId connectionId, string status, string caller);
    }
}
