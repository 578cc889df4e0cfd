const total = cronium.input().items.reduce((sum, item) => sum + item.price, 0);
cronium.output({ total });
