using Mover.Cli.Resources;
using Mover.Core.Jobs;

namespace Mover.Cli.Tests;

public sealed class ItemRemediesTests
{
    [Fact]
    public void Every_code_of_an_item_that_did_not_arrive_has_a_remedy_of_its_own()
    {
        var codes = typeof(StatusCodes).GetFields().Select(field => field.GetValue(null)).OfType<StatusCode>()
            .Where(code => code.Number is > 2000 and < 2080 && code != StatusCodes.ItemTimesEqual && code != StatusCodes.ItemEqual);

        Assert.All(codes, code => Assert.NotNull(ItemRemedies.Find($"{code}")));
    }
}
