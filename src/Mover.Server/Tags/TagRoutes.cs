using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Operations;

namespace Mover.Server.Tags;

/// <summary>
/// <c>Microsoft.Resources/tags/default</c>: the tags of a subscription, a group or a resource, apart from everything else of it.
/// </summary>
internal sealed class TagRoutes(TagStore tags)
{
    private const string Action = "Microsoft.Resources/tags";
    private const string Below = "/providers/Microsoft.Resources/tags/{tags}";

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var scope in new[]
        {
            "/subscriptions/{subscription}",
            Routes.Group,
            Routes.Group + "/providers/{namespace}/{type:type}/{name}",
            Routes.Group + "/providers/{namespace}/{type:type}/{name}/{type2:type}/{name2}",
            Routes.Group + "/providers/{namespace}/{type:type}/{name}/{type2:type}/{name2}/{type3:type}/{name3}",
        })
        {
            routes.MapGet(scope + Below, GetAsync).RequiresAction(Action + "/read");
            routes.MapPut(scope + Below, PutAsync).RequiresAction(Action + "/write");
            routes.MapPatch(scope + Below, PatchAsync).RequiresAction(Action + "/write");
            routes.MapDelete(scope + Below, DeleteAsync).RequiresAction(Action + "/delete");
        }
    }

    private async Task<IResult> GetAsync(ResourceScope scope, CancellationToken cancel) =>
        Answer(scope, IsDefault(scope) ? await tags.GetAsync(scope.Id.Parent, cancel) : Missing(scope));

    private async Task<IResult> PutAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!IsDefault(scope))
        {
            return Missing(scope).ToResult();
        }

        var read = await ReadAsync(scope, cancel);
        return read.Try(out var asked, out var refusal)
            ? Answer(scope, await tags.ChangeAsync(scope, _ => asked.Tags, cancel))
            : refusal.ToResult();
    }

    private async Task<IResult> PatchAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!IsDefault(scope))
        {
            return Missing(scope).ToResult();
        }

        var read = await ReadAsync(scope, cancel);
        if (!read.Try(out var asked, out var refusal))
        {
            return refusal.ToResult();
        }

        Func<IReadOnlyDictionary<string, string>, Dictionary<string, string>>? change = asked.Operation?.ToLowerInvariant() switch
        {
            "replace" => _ => asked.Tags,
            "merge" => before => Merge(before, asked.Tags),
            "delete" => before => Remove(before, asked.Tags),
            _ => null,
        };
        return change is null
            ? ArmErrors.InvalidProperty("operation", "The property 'operation' must be one of 'Replace', 'Merge', 'Delete'.").ToResult()
            : Answer(scope, await tags.ChangeAsync(scope, change, cancel));
    }

    private async Task<IResult> DeleteAsync(ResourceScope scope, CancellationToken cancel)
    {
        var changed = IsDefault(scope) ? await tags.ChangeAsync(scope, _ => [], cancel) : Missing(scope);
        return changed.Refusal is { } refusal ? refusal.ToResult() : ArmResults.Empty(StatusCodes.Status200OK);
    }

    private static bool IsDefault(ResourceScope scope) => scope.Id.Name.Equals("default", StringComparison.OrdinalIgnoreCase);

    private static ArmError Missing(ResourceScope scope) => ArmErrors.ResourceNotFound(scope.Id);

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> before, Dictionary<string, string> added)
    {
        var merged = before.Where(tag => !Has(added, tag.Key)).ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in added)
        {
            merged[name] = value;
        }

        return merged;
    }

    // A tag that has another value than the one named is not the one that is meant.
    private static Dictionary<string, string> Remove(IReadOnlyDictionary<string, string> before, Dictionary<string, string> removed) =>
        before.Where(tag => !removed.Any(gone => gone.Key.Equals(tag.Key, StringComparison.OrdinalIgnoreCase)
                && gone.Value.Equals(tag.Value, StringComparison.Ordinal)))
            .ToDictionary(StringComparer.Ordinal);

    private static bool Has(Dictionary<string, string> tags, string name) =>
        tags.Keys.Any(key => key.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static async Task<Result<Asked>> ReadAsync(ResourceScope scope, CancellationToken cancel)
    {
        if (!(await ArmBody.ReadObjectAsync(scope.Http, cancel)).Try(out var body, out var refusal))
        {
            return refusal;
        }

        var operation = body["operation"] is JsonValue text && text.GetValueKind() == JsonValueKind.String ? text.GetValue<string>() : null;
        if ((body["properties"] as JsonObject)?["tags"] is not JsonObject given)
        {
            return ArmErrors.InvalidContent("'properties.tags' is missing.", "$.properties.tags");
        }

        var read = ArmBody.To(given, ResourcesJson.Default.DictionaryStringString);
        if (!read.Try(out var tags, out refusal))
        {
            return refusal;
        }

        var problems = new Problems();
        Tracked.Tags(problems, tags);
        return problems.Refusal is { } wrong ? wrong : new Asked(operation, tags);
    }

    private static IResult Answer(ResourceScope scope, Result<IReadOnlyDictionary<string, string>> found) =>
        !found.Try(out var tags, out var refusal) ? refusal.ToResult() : ArmResults.Written(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("id", scope.Id.Text);
            writer.WriteString("name", "default");
            writer.WriteString("type", "Microsoft.Resources/tags");
            writer.WriteStartObject("properties");
            ListedResource.WriteTags(writer, tags);
            writer.WriteEndObject();
            writer.WriteEndObject();
        });

    private sealed record Asked(string? Operation, Dictionary<string, string> Tags);
}
