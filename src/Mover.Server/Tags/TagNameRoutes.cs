using System.Globalization;
using System.Text.Json;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Providers;
using Mover.State.Documents;

namespace Mover.Server.Tags;

/// <summary><c>GET /subscriptions/{s}/tagNames</c>: the names and values that are in use, and how often.</summary>
internal sealed class TagNameRoutes(DocumentStore documents, ProviderCatalogue providers)
{
    /// <summary>Names and values that are counted; those beyond are left out, so that the answer and the memory stay bounded.</summary>
    private const int CountedMax = 10_000;

    private const int Page = 1000;

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/subscriptions/{subscription}/tagNames", ListAsync)
            .RequiresAction("Microsoft.Resources/subscriptions/tagNames/read");

    private async Task<IResult> ListAsync(ResourceScope scope, CancellationToken cancel)
    {
        var names = new SortedDictionary<string, SortedDictionary<string, int>>(StringComparer.OrdinalIgnoreCase);
        var counted = 0;
        void Count(Document<ListedResource> document)
        {
            foreach (var (name, value) in document.Value.Tags ?? [])
            {
                if (!names.TryGetValue(name, out var values) && counted < CountedMax)
                {
                    names[name] = values = new(StringComparer.Ordinal);
                    counted++;
                }

                if (values is not null && (values.ContainsKey(value) || counted < CountedMax))
                {
                    counted += values.TryAdd(value, 0) ? 1 : 0;
                    values[value]++;
                }
            }
        }

        string? after = null;
        do
        {
            var page = await documents.ListPageAsync(scope.Id, "resourceGroups", ResourcesJson.Default.ListedResource, after, Page, cancel);
            page.Documents.ToList().ForEach(Count);
            after = page.Next;
        }
        while (after is not null);

        do
        {
            var page = await documents.ListResourcesPageAsync(
                scope.Id, providers.TrackedTypes, _ => true, ResourcesJson.Default.ListedResource, after, Page, Page * 16, cancel);
            page.Documents.ToList().ForEach(Count);
            after = page.Next;
        }
        while (after is not null);

        return Answer(scope.Id, names);
    }

    private static IResult Answer(ResourceId subscription, SortedDictionary<string, SortedDictionary<string, int>> names) =>
        ArmResults.Written(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("value");
            foreach (var (name, values) in names)
            {
                writer.WriteStartObject();
                writer.WriteString("id", $"{subscription.Text}/tagNames/{name}");
                writer.WriteString("tagName", name);
                WriteCount(writer, values.Values.Sum());
                writer.WriteStartArray("values");
                foreach (var (value, count) in values)
                {
                    writer.WriteStartObject();
                    writer.WriteString("id", $"{subscription.Text}/tagNames/{name}/tagValues/{value}");
                    writer.WriteString("tagValue", value);
                    WriteCount(writer, count);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });

    private static void WriteCount(Utf8JsonWriter writer, int count)
    {
        writer.WriteStartObject("count");
        writer.WriteString("type", "Total");
        writer.WriteString("value", count.ToString(CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }
}
