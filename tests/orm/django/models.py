# A shop. See ../at_step for the numbers at the ends of lines.
# SPDX-License-Identifier: PostgreSQL
import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q


class Customer(models.Model):
    name = models.CharField(max_length=80)
    email = models.EmailField(max_length=100)  # @1-8
    email = models.EmailField(max_length=100, unique=True)  # @9
    phone = models.CharField(max_length=20, blank=True)  # @1-5
    telephone = models.CharField(max_length=20, blank=True)  # @6
    newsletter = models.BooleanField(default=False)  # @4-16
    born = models.DateField(null=True)  # @4
    balance = models.IntegerField(default=0)  # @4-13
    balance = models.DecimalField(max_digits=14, decimal_places=2, default=0)  # @14

    class Meta:  # @12
        indexes = [models.Index(fields=['name', '-born'], name='customer_by_name')]  # @12


class Category(models.Model):
    name = models.CharField(max_length=40)
    parent = models.ForeignKey('self', null=True, on_delete=models.CASCADE)  # @5
    rank = models.SmallIntegerField(default=0)  # @5-15
    rank = models.IntegerField(default=100)  # @16

    class Meta:  # @18
        db_table = 'catalogue_section'  # @18


class Tag(models.Model):  # @2-18
    word = models.SlugField(max_length=30, unique=True)  # @2-18


class Product(models.Model):
    title = models.CharField(max_length=60)  # @1-5
    name = models.CharField(max_length=60)  # @6-7
    name = models.CharField(max_length=200)  # @8
    price = models.DecimalField(max_digits=8, decimal_places=2)  # @1-7
    price = models.DecimalField(max_digits=12, decimal_places=2)  # @8
    category = models.ForeignKey(Category, on_delete=models.PROTECT)  # @1-15
    category = models.ForeignKey(Category, null=True, on_delete=models.SET_NULL)  # @16
    sku = models.CharField(max_length=16, null=True, unique=True)  # @3-14
    sku = models.TextField(null=True, unique=True)  # @15
    description = models.TextField(default='')  # @3
    tags = models.ManyToManyField(Tag)  # @2-18
    slug = models.SlugField(max_length=100, null=True)  # @19-20
    slug = models.SlugField(max_length=100, unique=True)  # @21

    class Meta:  # @10
        constraints = [models.CheckConstraint(check=Q(price__gte=0), name='price_not_negative')]  # @10


class Address(models.Model):  # @5
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name='addresses')  # @5
    street = models.CharField(max_length=120)  # @5
    town = models.CharField(max_length=60, db_index=True)  # @5-16
    town = models.CharField(max_length=60)  # @17
    country = models.CharField(max_length=2, default='DE')  # @5


class Coupon(models.Model):  # @14
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # @14
    code = models.CharField(max_length=20)  # @14
    active = models.BooleanField(default=True)  # @14
    terms = models.JSONField(default=dict)  # @14
    countries = ArrayField(models.CharField(max_length=2), default=list)  # @14

    class Meta:  # @14
        constraints = [models.UniqueConstraint(fields=['code'], condition=Q(active=True), name='one_active_code')]  # @14
        indexes = [GinIndex(fields=['terms'], name='coupon_terms')]  # @17


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    placed_at = models.DateField()  # @1-3
    placed_at = models.DateField(db_index=True)  # @4-14
    placed_at = models.DateTimeField(db_index=True)  # @15
    status = models.CharField(max_length=10, default='new')
    note = models.CharField(max_length=200, null=True)  # @4-7
    note = models.CharField(max_length=200, default='')  # @8
    address = models.ForeignKey(Address, null=True, on_delete=models.SET_NULL)  # @5
    coupon = models.OneToOneField(Coupon, null=True, on_delete=models.SET_NULL)  # @15
    reference = models.CharField(max_length=40, null=True)  # @13-16
    reference = models.BigIntegerField(null=True)  # @11-12

    class Meta:  # @12
        indexes = [models.Index(fields=['status'], condition=Q(status='new'), name='order_waiting')]  # @12


class OrderLine(models.Model):  # @1-6
class OrderItem(models.Model):  # @7
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.SmallIntegerField()  # @1-9
    quantity = models.IntegerField()  # @10

    class Meta:  # @10
        constraints = [  # @10
            models.CheckConstraint(check=Q(quantity__gt=0), name='some_quantity'),  # @10
            models.UniqueConstraint(fields=['order', 'product'], name='product_once'),  # @11
        ]  # @10


class Review(models.Model):  # @2
    product = models.ForeignKey(Product, on_delete=models.CASCADE)  # @2
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)  # @2
    rating = models.PositiveSmallIntegerField()  # @2-9
    rating = models.PositiveIntegerField()  # @10
    body = models.TextField(blank=True)  # @2
    written_at = models.DateTimeField(auto_now_add=True)  # @2

    class Meta:  # @2
        ordering = ['-written_at']  # @2
        unique_together = [('product', 'customer')]  # @11-18
