using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;
using Mover.Templates;

namespace Mover.Server.Deployments;

/// <summary>
/// The HTTP face of a group's export as a template: its configuration, without run history, secrets and what the service sets.
/// </summary>
internal sealed partial class ExportRoutes(
    DocumentStore documents, ArmReads reads, InnerRequests requests, BicepProgram bicep, ILogger<ExportRoutes> logger)
{
    private const string Action = "Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action";

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost(Routes.Group + "/exportTemplate", ExportAsync).RequiresAction(Action);

    private async Task<IResult> ExportAsync(ResourceScope scope, CancellationToken cancel)
    {
        var group = DeploymentScope.Of(scope.Http);
        if (await reads.RequireAsync(group, cancel) is { } missing)
        {
            return missing.ToResult();
        }

        if (!(await ArmBody.ReadObjectAsync(scope.Http, cancel)).Try(out var body, out var refusal)
            || !ExportOptions.Read(body, group).Try(out var options, out refusal)
            || !(await FindAsync(group, options, cancel)).Try(out var ids, out refusal))
        {
            return refusal.ToResult();
        }

        var resources = new List<ExportedResource>();
        var problems = new List<ArmError>();
        foreach (var id in options.Only?.Where(one => !ids.Contains(one)) ?? [])
        {
            problems.Add(ArmErrors.ExportProviderError(id.Type, ArmErrors.ResourceNotFound(id).Message));
        }

        foreach (var id in ids)
        {
            var answer = await ReadAsync(scope, id, cancel);
            if (answer.Body is { } shown && answer.IsSuccess)
            {
                resources.Add(new(id, DeploymentRuns.VersionOf(id.Type), shown));
            }
            else if (answer.Status != StatusCodes.Status404NotFound)
            {
                problems.Add(ArmErrors.ExportProviderError(id.Type, answer.Refusal?.Message ?? string.Empty));
            }
        }

        var template = TemplateExport.Of(resources, options);
        string? output = null;
        if (options.IsBicep && !(await bicep.DecompileAsync(template.ToJsonString(), cancel)).Try(out output, out refusal))
        {
            return refusal.ToResult();
        }

        return ArmResults.Written(writer =>
        {
            writer.WriteStartObject();
            if (output is not null)
            {
                writer.WriteString("output", output);
            }
            else
            {
                writer.WritePropertyName("template");
                template.WriteTo(writer);
            }

            if (problems.Count > 0)
            {
                writer.WritePropertyName("error");
                ArmResults.Write(writer, ArmErrors.ExportedWithErrors([.. problems.Take(DeploymentLimits.DetailsMax)]));
            }

            writer.WriteEndObject();
        });
    }

    // In the order of ids, so that what is above comes first.
    private async Task<Core.Result<List<ResourceId>>> FindAsync(ResourceId group, ExportOptions options, CancellationToken cancel)
    {
        var found = new List<ResourceId>();
        await foreach (var entry in documents.ListBelowAsync(group, cancel))
        {
            // Most of what lies below a group may be runs; only what is exported is read.
            if (!ResourceId.TryParse(entry.Key, out var key) || !ServiceSetProperties.Knows(key.Type)
                || options.Only?.Any(one => IsAtOrBelow(key, one)) == false
                || DocumentStore.OpenWhole(entry, DocumentsJson.Default.AnyResource, fault => Log.Skipped(logger, fault.Message))
                    is not { Value.IsDeleting: false } document)
            {
                continue;
            }

            found.Add(document.Key.Id);
            if (found.Count > TemplateLimits.ResourcesMax)
            {
                return ArmErrors.ExportTooLarge(TemplateLimits.ResourcesMax);
            }
        }

        return found;
    }

    private static bool IsAtOrBelow(ResourceId id, ResourceId above) =>
        id == above || id.Key.StartsWith(above.Key + "/", StringComparison.Ordinal);

    private Task<InnerAnswer> ReadAsync(ResourceScope scope, ResourceId id, CancellationToken cancel) => requests.SendAsync(
        new()
        {
            Method = HttpMethods.Get,
            Path = id.Text,
            ApiVersion = DeploymentRuns.VersionOf(id.Type),
            Caller = scope.Http.Principal(),
            CorrelationId = scope.CorrelationId,
        },
        cancel);

    private static partial class Log
    {
        [LoggerMessage(2521, LogLevel.Error, "Left a damaged resource out of an export. {Damage}")]
        public static partial void Skipped(ILogger logger, string damage);
    }
}
