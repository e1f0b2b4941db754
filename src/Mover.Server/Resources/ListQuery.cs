using Mover.Core;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Server.Documents;
using Mover.Server.Settings;

namespace Mover.Server.Resources;

/// <summary>What the query of a list asks for.</summary>
/// <param name="Filter">What is shown.</param>
/// <param name="PageSize">Resources on a page.</param>
/// <param name="Expansion">What is shown of each besides.</param>
/// <param name="After">The key that the page starts behind; null for the first.</param>
internal sealed record ListQuery(ResourceFilter Filter, int PageSize, ResourceExpansion Expansion, string? After)
{
    /// <summary>Reads <c>$filter</c>, <c>$top</c>, <c>$expand</c> and <c>$skiptoken</c>; what is not known of <c>$expand</c> is
    /// ignored.</summary>
    public static Result<ListQuery> Read(ResourceScope scope, ServerOptions options)
    {
        var query = scope.Http.Request.Query;
        if (!ResourceFilterParser.Parse(query["$filter"].ToString()).Try(out var filter, out var refusal))
        {
            return refusal;
        }

        var size = Math.Min(options.PageSize, ServerOptions.PageSizeMax);
        var top = query["$top"].ToString();
        if (top.Length > 0)
        {
            if (!int.TryParse(top, System.Globalization.NumberStyles.None, null, out var asked) || asked < 1)
            {
                return ArmErrors.InvalidTop(top);
            }

            size = Math.Min(asked, ServerOptions.PageSizeMax);
        }

        return ArmReads.TryReadToken(scope, out var after)
            ? new ListQuery(filter, size, ExpansionOf(query["$expand"].ToString()), after)
            : ArmErrors.InvalidSkipToken();
    }

    private static ResourceExpansion ExpansionOf(string expand)
    {
        var found = ResourceExpansion.None;
        foreach (var part in expand.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            found |= part.ToLowerInvariant() switch
            {
                "createdtime" => ResourceExpansion.CreatedTime,
                "changedtime" => ResourceExpansion.ChangedTime,
                "provisioningstate" => ResourceExpansion.ProvisioningState,
                _ => ResourceExpansion.None,
            };
        }

        return found;
    }
}
