using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Recovery.Rules;

namespace Mover.Recovery.Plans;

/// <summary>What a plan is called: the same template for the same destination has the same id.</summary>
internal static class PlanId
{
    /// <summary>The tag that carries it.</summary>
    public const string Tag = "mover-recovery";

    /// <summary>What stands for it in the template that it is made of.</summary>
    private const string Placeholder = "000000000000";

    /// <summary>The id: 12 hexadecimal digits. The tag in the template does not count.</summary>
    public static string Of(JsonObject template, PlanTarget to, IReadOnlyList<LaterValue> later)
    {
        var untagged = template.DeepClone().AsObject();
        SetTag(untagged, Placeholder);
        var text = $"{to.Server}\n{to.SubscriptionId}\n{to.ResourceGroup}\n{to.Location}\n".ToUpperInvariant() + untagged.ToJsonString()
            + string.Concat(later.Select(one => $"\n{one.Type}\n{one.Name}\n{one.Property}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..Placeholder.Length];
    }

    /// <summary>Writes an id into the tag wherever the template has it.</summary>
    public static void SetTag(JsonObject template, string id)
    {
        foreach (var resource in TemplateResources.All(template))
        {
            if (resource["tags"] is JsonObject tags && tags.ContainsKey(Tag))
            {
                tags[Tag] = id;
            }
        }
    }
}
