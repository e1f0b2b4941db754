using System.Text.Json.Nodes;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Core.Resources;
using Mover.Core.Rules;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Providers;
using Mover.State.Documents;

namespace Mover.Server.Tags;

/// <summary>Reads and changes the tags of whatever has some, and nothing else of it.</summary>
internal sealed class TagStore(DocumentStore documents, ArmReads reads, ProviderCatalogue providers)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The tags of a subscription, a group or a tracked resource.</summary>
    public async Task<Result<IReadOnlyDictionary<string, string>>> GetAsync(ResourceId id, CancellationToken cancel)
    {
        if (IsSubscription(id))
        {
            var kept = await documents.GetAsync(KeyOf(id), ResourcesJson.Default.SubscriptionTags, cancel);
            return Result<IReadOnlyDictionary<string, string>>.Of(kept?.Value.Tags ?? None);
        }

        if (!HasTags(id))
        {
            return ArmErrors.TagsNotSupported(id);
        }

        var found = await reads.FindAsync(id, ResourcesJson.Default.ListedResource, cancel);
        return found.Try(out var document, out var missing)
            ? Result<IReadOnlyDictionary<string, string>>.Of(document.Value.Tags ?? None)
            : missing;
    }

    /// <summary>Changes the tags of the resource that the request's tags are of; answers those that are kept.</summary>
    public async Task<Result<IReadOnlyDictionary<string, string>>> ChangeAsync(
        ResourceScope scope, Func<IReadOnlyDictionary<string, string>, Dictionary<string, string>> change, CancellationToken cancel)
    {
        var id = scope.Id.Parent;
        var before = await GetAsync(id, cancel);
        if (!before.Try(out var tags, out var refusal))
        {
            return refusal;
        }

        if (Check(change(tags)) is { } wrong)
        {
            return wrong;
        }

        var stamp = ArmWrites.Stamp(scope);
        return IsSubscription(id)
            ? await ChangeSubscriptionAsync(id, change, stamp, cancel)
            : await ChangeResourceAsync(id, change, stamp, cancel);
    }

    private async Task<Result<IReadOnlyDictionary<string, string>>> ChangeSubscriptionAsync(
        ResourceId id, Func<IReadOnlyDictionary<string, string>, Dictionary<string, string>> change, WriteStamp stamp,
        CancellationToken cancel)
    {
        var key = KeyOf(id);
        await documents.PutAsync(key, new([]), ResourcesJson.Default.SubscriptionTags, DocumentCondition.Absent, stamp, cancel);
        var kept = await documents.UpdateAsync(
            key, ResourcesJson.Default.SubscriptionTags, found => new SubscriptionTags(change(found.Value.Tags)), stamp, cancel);
        return Result<IReadOnlyDictionary<string, string>>.Of(kept?.Value.Tags ?? None);
    }

    private async Task<Result<IReadOnlyDictionary<string, string>>> ChangeResourceAsync(
        ResourceId id, Func<IReadOnlyDictionary<string, string>, Dictionary<string, string>> change, WriteStamp stamp,
        CancellationToken cancel)
    {
        var kept = None;
        var isDeleting = false;
        var saved = await documents.UpdateAsync(
            id,
            ResourcesJson.Default.JsonObject,
            found =>
            {
                isDeleting = (found.Value["properties"] as JsonObject)?["provisioningState"]?.ToString() == ProvisioningStates.Deleting;
                kept = change(TagsOf(found.Value));
                return isDeleting ? null : With(found.Value, kept);
            },
            stamp,
            cancel);
        return saved is null ? ArmErrors.ResourceNotFound(id)
            : isDeleting ? ArmErrors.BeingDeleted(id)
            : Result<IReadOnlyDictionary<string, string>>.Of(kept);
    }

    private bool HasTags(ResourceId id) => id.Type.Length == 0 || providers.TrackedTypes.Contains(id.Type.ToLowerInvariant());

    private static bool IsSubscription(ResourceId id) => id.ResourceGroup.Length == 0 && id.Type.Length == 0;

    private static ArmError? Check(Dictionary<string, string> tags)
    {
        var problems = new Problems();
        Tracked.Tags(problems, tags);
        return problems.Refusal;
    }

    private static Dictionary<string, string> TagsOf(JsonObject resource) =>
        resource["tags"] is JsonObject tags
            ? tags.ToDictionary(tag => tag.Key, tag => tag.Value?.ToString() ?? string.Empty, StringComparer.Ordinal)
            : [];

    // Everything else of the document stays as it is, known to this program or not.
    private static JsonObject With(JsonObject resource, IReadOnlyDictionary<string, string> tags)
    {
        var changed = resource.DeepClone().AsObject();
        if (tags.Count == 0)
        {
            changed.Remove("tags");
        }
        else
        {
            changed["tags"] = new JsonObject(tags.Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)JsonValue.Create(tag.Value))));
        }

        return changed;
    }

    private static DocumentKey KeyOf(ResourceId subscription) =>
        DocumentKey.Internal("subscription-tags", ArmCase.Lower(subscription.Subscription));
}
