using System.Text.Json;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Authorization;
using Mover.Server.Settings;
using Mover.State.Documents;

namespace Mover.Server.Operations;

/// <summary>Answers what became of async operations, as the ARM contract asks or as the live service was recorded.</summary>
internal sealed class OperationRoutes(DocumentStore documents, ServerOptions options)
{
    // The service's clients wait 30 s when nothing is said; a deletion takes milliseconds.
    private const string RetryAfterSeconds = "1";
    private const string ReadStatus = "Microsoft.StorageMover/locations/operationStatuses/read";
    private const string ReadResult = "Microsoft.StorageMover/locations/operationResults/read";
    private const string ReadArmResult = "Microsoft.Resources/subscriptions/operationresults/read";
    private const string Places = "/subscriptions/{subscription}/providers/Microsoft.StorageMover/locations/{location}";

    private bool IsStrict => options.AsyncDialect is AsyncDialect.Strict;

    // The paths name no group, and rights are mostly on one: who asked for an operation may follow it to its end, even when the rights went
    // with what was deleted, and so may who has the action on its target.
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Places + "/operationStatuses/{operation}", GetAsync).RequiresAction(ReadStatus, ActionReach.AnyCaller);
        routes.MapGet(Places + "/operationResults/{operation}", GetMoverResultAsync).RequiresAction(ReadResult, ActionReach.AnyCaller);
        routes.MapGet("/subscriptions/{subscription}/operationresults/{operation}", GetResultAsync)
            .RequiresAction(ReadArmResult, ActionReach.AnyCaller);
    }

    /// <summary>202 of a Storage Mover resource, and where to ask.</summary>
    public IResult Accepted(ResourceScope scope, Operation operation, string etag)
    {
        var headers = scope.Http.Response.Headers;
        Point(headers, scope, operation, operation.Region);
        headers["Azure-AsyncNotification"] = "Enabled";
        if (!IsStrict)
        {
            return ArmResults.Raw(StatusCodes.Status202Accepted, "null"u8.ToArray(), etag);
        }

        headers.ETag = etag;
        return ArmResults.Empty(StatusCodes.Status202Accepted);
    }

    /// <summary>202 of a resource group: no body, and ARM's own place to ask.</summary>
    public static IResult AcceptedGroup(ResourceScope scope, Operation operation)
    {
        PointGroup(scope, scope.Subscription, operation.Name);
        return ArmResults.Empty(StatusCodes.Status202Accepted);
    }

    private async Task<IResult> GetAsync(ResourceScope scope, string operation, CancellationToken cancel)
    {
        if (await FindAsync(scope, scope.Subscription, operation, ReadStatus, cancel) is not { } found)
        {
            return ArmErrors.ResourceNotFound(scope.Id).ToResult();
        }

        var status = found.Value;
        if (status.EndTime is null)
        {
            Point(scope.Http.Response.Headers, scope, status, status.Region.ToLowerInvariant());
        }

        return ArmResults.Raw(
            status.EndTime is null && !IsStrict ? StatusCodes.Status202Accepted : StatusCodes.Status200OK, Body(scope.Subscription, status),
            found.ETag);
    }

    // In the end what a synchronous DELETE would have answered.
    private async Task<IResult> GetMoverResultAsync(ResourceScope scope, string operation, CancellationToken cancel)
    {
        if (await FindAsync(scope, scope.Subscription, operation, ReadResult, cancel) is not { Value: var status })
        {
            return ArmErrors.ResourceNotFound(scope.Id).ToResult();
        }

        if (status.EndTime is not null)
        {
            return ArmResults.Empty(StatusCodes.Status204NoContent);
        }

        Point(scope.Http.Response.Headers, scope, status, status.Region.ToLowerInvariant());
        return ArmResults.Empty(StatusCodes.Status202Accepted);
    }

    private async Task<IResult> GetResultAsync(ResourceScope scope, string subscription, string operation, CancellationToken cancel)
    {
        if (await FindAsync(scope, subscription, operation, ReadArmResult, cancel) is not { Value: var found })
        {
            return ArmErrors.UnknownRoute(scope.CallerPath).ToResult();
        }

        if (found.EndTime is not null)
        {
            return ArmResults.Empty(StatusCodes.Status200OK);
        }

        PointGroup(scope, subscription, found.Name);
        return ArmResults.Empty(StatusCodes.Status202Accepted);
    }

    // An operation belongs to the subscription of its target and is not shown in another, nor to whom it does not concern.
    private async Task<Document<Operation>?> FindAsync(
        ResourceScope scope, string subscription, string name, string action, CancellationToken cancel)
    {
        var rights = CallerRights.Of(scope.Http);
        return await documents.GetAsync(Operation.KeyOf(name), OperationsJson.Default.Operation, cancel) is { } found
            && ResourceId.TryParse(found.Value.Target, out var target)
            && target.Subscription.Equals(subscription, StringComparison.OrdinalIgnoreCase)
            && (found.Value.ByIdentity == rights.Identity || rights.May(action, target.Text))
                ? found
                : null;
    }

    private static ReadOnlyMemory<byte> Body(string subscription, Operation operation)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = MoverJson.Wire.Options.Encoder }))
        {
            writer.WriteStartObject();
            writer.WriteString("id", operation.IdIn(subscription));
            writer.WriteString("name", operation.Name);
            writer.WriteString("resourceId", operation.ResourceId);
            writer.WriteString("status", operation.EndTime is null ? "Deleting" : "Succeeded");
            writer.WriteString("startTime", WireTimeConverter.Text(operation.StartTime));
            if (operation.EndTime is { } end)
            {
                if (operation.ShowsEndTime)
                {
                    writer.WriteString("endTime", WireTimeConverter.Text(end));
                }

                // The only explicit null of the API.
                writer.WriteNull("properties");
            }

            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private void Point(IHeaderDictionary headers, ResourceScope scope, Operation operation, string region)
    {
        var url = $"{scope.BaseUrl}{(operation with { Region = region }).IdIn(scope.Subscription)}?api-version={scope.ApiVersion}";
        headers["Azure-AsyncOperation"] = url;
        headers.Location = IsStrict ? url.Replace("/operationStatuses/", "/operationResults/", StringComparison.Ordinal) : url;
        if (IsStrict)
        {
            headers.RetryAfter = RetryAfterSeconds;
        }
    }

    private static void PointGroup(ResourceScope scope, string subscription, string name)
    {
        scope.Http.Response.Headers.Location =
            $"{scope.BaseUrl}/subscriptions/{subscription}/operationresults/{name}?api-version={scope.ApiVersion}";
        scope.Http.Response.Headers.RetryAfter = RetryAfterSeconds;
    }
}
